"""Writes the records of the quick start's sites, the text its base model is trained on, and that model before training.

python make_data.py WORDNET_JAR QUICKSTART_FOLDER WORK_FOLDER
"""

import json
import pathlib
import random
import sys

import ml_dtypes
import numpy
import safetensors.numpy
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import wordnet

SEED = 31

# Three parties whose texts differ as real ones do, and who do not hold equally many.
SITES = {
    "garden": ("noun.plant", 1200),
    "workshop": ("noun.artifact", 1600),
    "zoo": ("noun.animal", 800),
}
VALIDATION = 200
BASE_VALIDATION = 500

END = "<|endoftext|>"
HIDDEN = 192
LAYERS = 4
HEADS = 6
KEY_VALUE_HEADS = 2
INTERMEDIATE = 512
VOCABULARY = 4096
POSITIONS = 256


def write_records(path, senses):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(sense.record(), ensure_ascii=False) + "\n" for sense in senses]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def shuffled_without_repeats(senses, purpose):
    """In an order of chance, each word and each gloss once, so that nothing validated was trained on."""
    words, glosses, kept = set(), set(), []
    for sense in sorted(senses, key=lambda sense: (sense.word, sense.gloss)):
        if sense.word.lower() not in words and sense.gloss not in glosses:
            words.add(sense.word.lower())
            glosses.add(sense.gloss)
            kept.append(sense)
    random.Random(f"{SEED} {purpose}").shuffle(kept)
    return kept


def write_sites(senses, quickstart):
    union = []
    for site, (file, count) in SITES.items():
        own = shuffled_without_repeats([sense for sense in senses if sense.file == file], site)
        validation, training = own[:VALIDATION], own[VALIDATION : VALIDATION + count]
        write_records(quickstart / "sites" / site / "glosses.jsonl", training)
        write_records(quickstart / "sites" / site / "glosses-eval.jsonl", validation)
        union += validation
    write_records(quickstart / "eval.jsonl", union)


def write_base_text(senses, work):
    """What no site holds: all other lexicographer files."""
    held = {file for file, _ in SITES.values()}
    rest = shuffled_without_repeats([sense for sense in senses if sense.file not in held], "base")
    folder = work / "base-sites" / "library"
    write_records(folder / "glosses.jsonl", rest[BASE_VALIDATION:])
    write_records(folder / "glosses-eval.jsonl", rest[:BASE_VALIDATION])
    return rest


def train_tokenizer(senses):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = ["".join(sense.record().values()) for sense in senses]
    tokenizer.train_from_iterator(texts, trainer, length=len(texts))
    return tokenizer


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8", newline="\n")


def write_initial_model(tokenizer, folder):
    """A Llama checkpoint with weights of chance."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    end = tokenizer.token_to_id(END)
    write_json(
        folder / "tokenizer_config.json",
        {"eos_token": END, "model_max_length": POSITIONS, "tokenizer_class": "PreTrainedTokenizerFast"},
    )
    write_json(folder / "generation_config.json", {"eos_token_id": end})
    write_json(
        folder / "config.json",
        {
            "architectures": ["LlamaForCausalLM"],
            "attention_bias": False,
            "attention_dropout": 0.0,
            "bos_token_id": None,
            "eos_token_id": end,
            "head_dim": HIDDEN // HEADS,
            "hidden_act": "silu",
            "hidden_size": HIDDEN,
            "initializer_range": 0.02,
            "intermediate_size": INTERMEDIATE,
            "max_position_embeddings": POSITIONS,
            "mlp_bias": False,
            "model_type": "llama",
            "num_attention_heads": HEADS,
            "num_hidden_layers": LAYERS,
            "num_key_value_heads": KEY_VALUE_HEADS,
            "rms_norm_eps": 1e-05,
            "rope_theta": 10000.0,
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
            "vocab_size": VOCABULARY,
        },
    )
    safetensors.numpy.save_file(initial_tensors(), folder / "model.safetensors", metadata={"format": "pt"})


def initial_tensors():
    """Each projection as wide as its inputs need, those that end in the residual stream narrower the more layers add to it."""
    chance = numpy.random.default_rng(SEED)

    def matrix(rows, columns, width):
        return (width * chance.standard_normal((rows, columns))).astype(ml_dtypes.bfloat16)

    ones = numpy.ones(HIDDEN, ml_dtypes.bfloat16)
    key_value = HIDDEN // HEADS * KEY_VALUE_HEADS
    inner = HIDDEN**-0.5
    residual = (2 * LAYERS) ** -0.5
    tensors = {"model.embed_tokens.weight": matrix(VOCABULARY, HIDDEN, 0.02), "model.norm.weight": ones}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        tensors[prefix + "input_layernorm.weight"] = ones
        tensors[prefix + "self_attn.q_proj.weight"] = matrix(HIDDEN, HIDDEN, inner)
        tensors[prefix + "self_attn.k_proj.weight"] = matrix(key_value, HIDDEN, inner)
        tensors[prefix + "self_attn.v_proj.weight"] = matrix(key_value, HIDDEN, inner)
        tensors[prefix + "self_attn.o_proj.weight"] = matrix(HIDDEN, HIDDEN, inner * residual)
        tensors[prefix + "post_attention_layernorm.weight"] = ones
        tensors[prefix + "mlp.gate_proj.weight"] = matrix(INTERMEDIATE, HIDDEN, inner)
        tensors[prefix + "mlp.up_proj.weight"] = matrix(INTERMEDIATE, HIDDEN, inner)
        tensors[prefix + "mlp.down_proj.weight"] = matrix(HIDDEN, INTERMEDIATE, INTERMEDIATE**-0.5 * residual)
    return tensors


def main(jar, quickstart, work):
    senses = list(wordnet.senses(jar))
    write_sites(senses, quickstart)
    (quickstart / "LICENSE-WordNet.txt").write_text(wordnet.licence(jar), encoding="utf-8", newline="\n")
    base_senses = write_base_text(senses, work)
    write_initial_model(train_tokenizer(base_senses), work / "initial")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
