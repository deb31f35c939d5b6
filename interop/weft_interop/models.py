"""Small random Llama checkpoints, tokenizers trained on the spot, and PEFT adapters."""

import json

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WORDS = ("the weaver pulls a red thread through the loom and 3 blue ones follow; café naïve 織る 🧵🐑 "
         "Ünïcode\ttabs, don't stop. Below is an instruction that describes a task.").split(" ")
LLAMA3_ROPE = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 32}


def tokenizer(begin=False):
    """A byte-level BPE; with `begin`, its post-processor puts <s> in front."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(WORDS + [" " + word for word in WORDS] * 2, trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    if begin:
        made.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", made.token_to_id("<s>"))])])
    else:
        made.post_processor = processors.ByteLevel(trim_offsets=False)
    return made


def plain_tokenizer():
    """A BPE whose every token is printable, so that any sequence of tokens is a text."""
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.train_from_iterator([" ".join(WORDS)] * 2, trainers.BpeTrainer(vocab_size=150, special_tokens=["<s>", "</s>", "<unk>"]))
    return made


def checkpoint(folder, dtype=torch.float32, style=5, text=None, begin=False, rope=None, **options):
    """Saves a random model and its tokenizer, and returns the tokenizer."""
    text = text or tokenizer(begin)
    options = {"vocab_size": text.get_vocab_size(), "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 2,
               "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
               "bos_token_id": 0, "eos_token_id": 1, "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default", **(rope or {})},
               "tie_word_embeddings": False, **options}
    model = LlamaForCausalLM(LlamaConfig(**options))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.2)
            else:
                parameter.normal_(0, parameter.shape[-1] ** -0.5)
    model.to(dtype).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=text, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    if style == 4:
        as_transformers_4_wrote_it(folder / "config.json")
    return text


def as_transformers_4_wrote_it(path):
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    config["torch_dtype"] = config.pop("dtype")
    path.write_text(json.dumps(config, indent=2))


def adapter(base, folder, **options):
    """Saves a LoRA adapter with PEFT whose B is not zero, so that it changes what the model computes."""
    options = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM", **options}
    adapted = get_peft_model(LlamaForCausalLM.from_pretrained(base, dtype=torch.float32), LoraConfig(**options))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.3)
            elif "modules_to_save" in name:
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
    adapted.save_pretrained(folder)


def records(count, generator, pairs=True):
    """Texts and prompt/completion pairs of different lengths, with characters outside the Basic Multilingual Plane."""
    def words(most):
        length = 1 + int(torch.randint(most, (1,), generator=generator))
        return " ".join(WORDS[i] for i in torch.randint(len(WORDS), (length,), generator=generator).tolist())

    made = []
    for i in range(count):
        if pairs and i % 2:
            made.append({"prompt": words(12) + ": ", "completion": words(8)})
        else:
            made.append({"text": words(25)})
    return made


def write_lines(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path
