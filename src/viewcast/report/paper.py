"""The paper's own numbers, to stand beside a corpus's.

Khosla, Das Sarma and Hamid, "What makes an image popular?", WWW 2014: rank correlations on 2.3 million photos of
Flickr, means over ten splits, as printed, with two decimals. The paper prints no intervals.
"""

from __future__ import annotations

#: Table -> setting -> column of our table -> number. What the paper gives as n/a, or not at all, is absent.
PAPER: dict[str, dict[str, dict[str, float]]] = {
    # Table 1, section 4: image content alone.
    "table1": {
        "one_per_user": {
            "gist": 0.07, "color_histogram": 0.12, "texture": 0.20, "color_patches": 0.23, "gradient": 0.26,
            "deep": 0.28, "objects": 0.23, "combined": 0.31,
        },
        "user_mix": {
            "gist": 0.13, "color_histogram": 0.15, "texture": 0.22, "color_patches": 0.29, "gradient": 0.32,
            "deep": 0.33, "objects": 0.30, "combined": 0.36,
        },
        "user_specific": {
            "gist": 0.16, "color_histogram": 0.23, "texture": 0.32, "color_patches": 0.36, "gradient": 0.34,
            "deep": 0.26, "objects": 0.33, "combined": 0.40,
        },
    },
    # Table 2, section 5: social cues alone. Its mean of views is over all public photos, the one that is forecast too.
    "table2": {
        "one_per_user": {
            "mean_views_including_target": 0.75, "photo_count": 0.07, "contacts": 0.46, "groups": 0.27,
            "group_members": 0.27, "member_duration": -0.08, "is_pro": 0.22, "tags": 0.52, "title_length": 0.21,
            "description_length": 0.45, "all": 0.77,
        },
        "user_mix": {
            "mean_views_including_target": 0.62, "photo_count": -0.05, "contacts": 0.26, "groups": 0.24,
            "group_members": 0.06, "member_duration": -0.01, "is_pro": 0.07, "tags": 0.40, "title_length": 0.29,
            "description_length": 0.35, "all": 0.66,
        },
        "user_specific": {"tags": 0.19, "title_length": 0.16, "description_length": 0.19, "all": 0.21},
    },
    # Table 3, section 6.1: both.
    "table3": {
        "one_per_user": {"content": 0.31, "social": 0.77, "content_social": 0.81},
        "user_mix": {"content": 0.36, "social": 0.66, "content_social": 0.72},
        "user_specific": {"content": 0.40, "social": 0.21, "content_social": 0.48},
    },
}  # fmt: skip
