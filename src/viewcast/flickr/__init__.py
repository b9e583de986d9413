"""The crawl of Flickr: calls, replies that are kept, and the tables derived from them."""
