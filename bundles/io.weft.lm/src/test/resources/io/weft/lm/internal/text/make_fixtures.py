"""Makes the small tokenizers of this folder and expected.json, what the Python tokenizers library says about some records.

Run with the requirements of interop/: python make_fixtures.py
"""

import json
import pathlib

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = pathlib.Path(__file__).parent
UNLABELLED = -100
LENGTHS = (4096, 24)

CORPUS = [
    "the weaver sets the warp and the weft on the loom",
    "a federated job sends the weights, never the text, to the server",
    "sentiment: the film was good\nsentiment: the film was bad",
    "naïve café résumé über straße",
    "define loom (noun): a textile machine for weaving yarn into a textile",
    "x = 1; y = 2\r\nif x < y:\r\n    print(x)",
] * 4


def byte_level():
    """As GPT-2, SmolLM2 and Llama 3 have it, no special token around a text; the file asks for truncation and padding."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=420,
            special_tokens=["<|end|>", "<|pad|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return tokenizer


def metaspace():
    """As Llama 2 has it: a space in front, byte fallback, and <s> added by the post-processor."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)],
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return tokenizer


def composing():
    """A normaliser that joins combining characters, and an end of sequence added by the post-processor."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=200, special_tokens=["<unk>", "</s>"], show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A $B </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    return tokenizer


def example(tokenizer, end_token, record, max_length):
    end = tokenizer.token_to_id(end_token)
    joined = record["text"] if "text" in record else record["prompt"] + record["completion"]
    encoding = tokenizer.encode(joined)
    tokens = list(encoding.ids)
    learned = [True] * len(tokens)
    if "text" not in record:
        learned = [
            encoding.token_to_sequence(i) is not None and encoding.offsets[i][1] > len(record["prompt"])
            for i in range(len(tokens))
        ]
    if tokens and tokens[-1] == end:
        learned[-1] = True
    else:
        tokens.append(end)
        learned.append(True)
    shortening = "NONE"
    if len(tokens) > max_length and "text" in record:
        tokens, learned, shortening = tokens[:max_length], learned[:max_length], "TEXT"
    elif len(tokens) > max_length:
        lead = 0
        while lead < len(encoding.ids) and encoding.token_to_sequence(lead) is None:
            lead += 1
        answer = learned.index(True)
        while len(tokens) > max_length and answer > lead:
            del tokens[lead], learned[lead]
            answer -= 1
        shortening = "PROMPT" if len(tokens) == max_length else "ANSWER"
        tokens, learned = tokens[:max_length], learned[:max_length]
    labels = [token if learn else UNLABELLED for token, learn in zip(tokens[1:], learned[1:])]
    return {"ids": tokens[:-1], "labels": labels, "shortening": shortening}


RECORDS = [
    {"text": "the weaver sets the warp"},
    {"text": "the " * 600},
    {"text": "🧵 the loom 🪡👩‍🎨 and 𝒲eft"},
    {"text": "cafe\u0301 and café, e\u0301\u0323"},
    {"text": "x = 1\r\ny = 2\r\n"},
    {"text": "\ufeffthe loom"},
    {"text": "a\u0000b"},
    {"text": "the film<|end|>"},
    {"text": "the film</s>"},
    {"prompt": "sentiment: ", "completion": "the"},
    {"prompt": "sentiment:", "completion": " good"},
    {"prompt": "define loom (noun):", "completion": " a textile machine for weaving yarn into a textile"},
    {"prompt": "🧵🪡 𝒲hat is it? ", "completion": "👩‍🎨 a weaver 🧵"},
    {"prompt": "cafe\u0301 is spelt e", "completion": "\u0301 and so on"},
    {"prompt": "cafe\u0301 e\u0301 e\u0301 e\u0301: ", "completion": "the weaver"},
    {"prompt": "if x < y:\r\n", "completion": "    print(x)\r\n"},
    {"prompt": "", "completion": "the weaver"},
    {"prompt": "the film", "completion": "<|end|>"},
    {"prompt": "the weaver sets the warp and the weft on the loom " * 3, "completion": "never the text"},
    {"prompt": "the loom: ", "completion": "the weaver sets the warp and the weft on the loom " * 3},
]


def main():
    tokenizers = {
        "byte-level": (byte_level(), "<|end|>"),
        "metaspace": (metaspace(), "</s>"),
        "composing": (composing(), "</s>"),
    }
    expected = []
    for name, (tokenizer, end) in tokenizers.items():
        for record in RECORDS:
            for max_length in LENGTHS:
                encoding = tokenizer.encode("".join(record.values()))
                ends = [
                    -1 if encoding.token_to_sequence(i) is None else encoding.offsets[i][1]
                    for i in range(len(encoding.ids))
                ]
                case = {"tokenizer": name, "record": record, "maxLength": max_length}
                if max_length == LENGTHS[0]:
                    case |= {"tokens": encoding.ids, "ends": ends, "decoded": tokenizer.decode(encoding.ids)}
                expected.append(case | example(tokenizer, end, record, max_length))
        if name == "byte-level":
            tokenizer.enable_truncation(max_length=8)
            tokenizer.enable_padding(length=16, pad_id=1, pad_token="<|pad|>")
        folder = FOLDER / name
        folder.mkdir(exist_ok=True)
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": end}) + "\n")
    lines = [json.dumps(case, separators=(",", ":")) for case in expected]
    (FOLDER / "expected.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
