"""Words: titles, tags and descriptions as vectors, by hashing; nothing is learned."""
