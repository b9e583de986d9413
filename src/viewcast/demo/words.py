"""Words for titles, descriptions and tags of the demo corpus."""

from __future__ import annotations

# What a photographer would write about each scene; the first word names it.
SCENE_WORDS = {
    "sea": "sea beach ocean waves horizon coast sand tide 海 Strand seashore boat sail harbour".split(),
    "mountains": "mountains hills valley ridge peak hiking mist Berge 山 lake panorama summit".split(),
    "meadow": "meadow field grass spring countryside tree path весна farm sky barley".split(),
    "forest": "forest trees wood trunks moss autumn leaves лес shade light pines bark".split(),
    "city": "city street building windows architecture facade downtown Stadt 都市 roofs tower".split(),
    "night": "night lights bokeh evening traffic neon dark rain 夜景 lamps glow".split(),
    "portrait": "portrait face smile woman man eyes model studio friend retrato hair".split(),
    "people": "people friends family dance walk dress summer holiday amigos party children".split(),
    "animal": "animal dog cat pet horse fur friend cute 猫 sheep Katze wildlife".split(),
    "bird": "bird wings flight feathers nature sky gull nest oiseau branch".split(),
    "flower": "flower petals bloom garden macro blossom 花 fleur bouquet stem".split(),
    "cup": "cup coffee tea breakfast table morning café steam saucer кофе kitchen".split(),
    "fruit": "fruit apple still-life bowl market orange kitchen fresh Obst naranja".split(),
    "car": "car road drive classic wheels street vintage Auto traffic chrome".split(),
    "surface": "texture pattern wall stone wood close-up abstract surface Muster detail".split(),
    "desk": "desk laptop office work screen keyboard paper gadget 仕事 tools".split(),
}
COMMON = (
    "the a my our in on at of with and from one last first little old new long quiet early late light "
    "summer winter morning evening day walk again time home colour blue red green soft bright way near"
).split()
PLACES = "Lisbon Kyoto Oslo Porto Bergen Zürich Kraków Québec Åland Toledo Leeds Bruges Sapporo 京都 Минск".split()
CAMERA = "canon nikon sony 50mm 35mm film iso400 explore 2017 photo nature travel art macro bw hdr".split()
EMOJI = "🌅 🌸 🐾 ☕ 🚗 🌊 🌲 ❤️ 📷 ✨".split()
# Titles that a camera or a hurried person gives.
BARE_TITLES = ("IMG_{n}", "DSC_{n}", "P10{n}", "DSCF{n}", "{n}")
# Frames around a title, for the quoting and punctuation that real ones have.
FRAMES = ('"{}"', "{}, again", "{} (2 of 5)", "{}!", "O'Brien's {}", "{} & friends", "«{}»", "{}; part II")
