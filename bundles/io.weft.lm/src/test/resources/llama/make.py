"""Makes the checkpoints of this folder with Transformers, and what Transformers, PEFT and torch compute with them.

    python make.py        # in an environment with interop/requirements.txt; rewrites every case folder

README.md says what the files of a case are and how the expected tensors are named.
"""

import json
import shutil
import zlib
from pathlib import Path

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent
LLAMA3_ROPE = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 24}
BIASES = {"attention_bias": True, "mlp_bias": True}
QUERY_VALUE = ["q_proj", "v_proj"]
LEARNING_RATE, WEIGHT_DECAY = 1e-4, 0.1

# style: how config.json is written; 5 is what this Transformers writes, 4 what its predecessor wrote, "minimal" the oldest.
CASES = {
    "plain": {"style": 5, "dtype": torch.float32},
    "minimal": {"style": "minimal", "dtype": torch.float16},
    "one-kv-head": {"style": 5, "dtype": torch.bfloat16, "targets": "all-linear",
                    "config": {"num_key_value_heads": 1, "tie_word_embeddings": True}},
    "head-dim": {"style": 4, "dtype": torch.float32,
                 "config": {"num_key_value_heads": 2, "head_dim": 16, "tie_word_embeddings": True}},
    "biases": {"style": 5, "dtype": torch.bfloat16, "config": {"num_key_value_heads": 2, **BIASES}},
    "llama3-rope-4": {"style": 4, "dtype": torch.float16, "rope": LLAMA3_ROPE},
    "llama3-rope-5": {"style": 5, "dtype": torch.bfloat16, "rope": LLAMA3_ROPE},
    "everything": {"style": 4, "dtype": torch.bfloat16, "targets": "all-linear", "rope": LLAMA3_ROPE,
                   "config": {"hidden_size": 48, "num_attention_heads": 6, "num_key_value_heads": 1, "head_dim": 16,
                              "num_hidden_layers": 3, "rms_norm_eps": 1e-5, **BIASES}},
}


def configuration(case):
    rope = {"rope_theta": 500.0, **case.get("rope", {"rope_type": "default"})}
    if case["style"] == "minimal":
        rope = {"rope_theta": 10000.0, "rope_type": "default"}
    options = {"vocab_size": 128, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
               "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 64,
               "tie_word_embeddings": False, "rms_norm_eps": 1e-6, "bos_token_id": 1, "eos_token_id": 2,
               "rope_parameters": rope, **case.get("config", {})}
    return LlamaConfig(**options)


def randomised(model):
    """Every parameter counts: weights large enough for logits of order one, norms away from 1, biases away from 0."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.2)
            else:
                parameter.normal_(0, parameter.shape[-1] ** -0.5)
    return model


def restyle(path, style):
    """Rewrites config.json as earlier releases wrote it."""
    if style == 5:
        return
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.46.0"
    if style == "minimal":
        for key in ("rope_theta", "rope_scaling", "num_key_value_heads", "head_dim", "attention_bias", "attention_dropout",
                    "mlp_bias", "pretraining_tp", "tie_word_embeddings"):
            config.pop(key, None)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def sequences(vocabulary):
    """Two records, the second with a prompt that is not labelled; labels are already shifted."""
    records = []
    for length, prompt in ((37, 0), (21, 9)):
        tokens = torch.randint(3, vocabulary, (length + 1,))
        labels = tokens[1:].clone()
        labels[:max(0, prompt - 1)] = -100
        records.append((tokens[:-1], labels))
    return records


def forward(model, records):
    logits = [model(input_ids=ids[None]).logits[0] for ids, _ in records]
    loss = torch.nn.functional.cross_entropy(torch.cat(logits), torch.cat([labels for _, labels in records]))
    return logits, loss


def greedy(model, prompt, count):
    tokens = prompt.tolist()
    for _ in range(count):
        logits = model(input_ids=torch.tensor([tokens])).logits[0, -1]
        best = logits.topk(2).values
        assert best[0] - best[1] > 1e-3, "too close to call: choose another seed"
        tokens.append(int(logits.argmax()))
    return tokens[len(prompt):]


def selected(name):
    return (name.startswith("model.layers.0.self_attn") or name.startswith("model.layers.1.mlp.down")
            or "norm" in name or name.endswith("bias"))


def make(name, case):
    torch.manual_seed(zlib.crc32(name.encode()))
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    load = lambda: LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    randomised(LlamaForCausalLM(configuration(case))).to(case["dtype"]).save_pretrained(folder)
    (folder / "generation_config.json").unlink()
    original = load()
    restyle(folder / "config.json", case["style"])

    model = load()
    records = sequences(model.config.vocab_size)
    assert torch.equal(forward(original, records)[1], forward(model, records)[1]), "the style changed the model"
    tensors = {}
    for i, (ids, labels) in enumerate(records):
        tensors |= {f"ids.{i}": ids, f"labels.{i}": labels}
    logits, loss = forward(model, records)
    tensors |= {f"logits.{i}": values for i, values in enumerate(logits)}
    loss.backward()
    tensors |= {f"grad.{n}": p.grad for n, p in model.named_parameters() if selected(n)}
    expected = {"loss": loss.item(), "learningRate": LEARNING_RATE, "weightDecay": WEIGHT_DECAY,
                "greedyPrompt": records[0][0][:7].tolist(), "greedy": greedy(model, records[0][0][:7], 12)}

    targets = case.get("targets", QUERY_VALUE)
    adapted = get_peft_model(load(), LoraConfig(r=4, lora_alpha=8, target_modules=targets, task_type="CAUSAL_LM"))
    with torch.no_grad():
        for parameter_name, parameter in adapted.named_parameters():
            if "lora_B" in parameter_name:
                parameter.normal_(0, 0.2)
    adapted.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    stable_adapter_config(folder / "adapter" / "adapter_config.json")

    adapted = PeftModel.from_pretrained(load(), folder / "adapter", is_trainable=True)
    key = lambda n: n.replace(".default", "")
    trained = {key(n): p for n, p in adapted.named_parameters() if p.requires_grad}
    assert trained.keys() == load_file(folder / "adapter" / "adapter_model.safetensors").keys()
    expected["loraGreedy"] = greedy(adapted, records[0][0][:7], 12)
    optimizer = torch.optim.AdamW(trained.values(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for step in (1, 2, 3):
        optimizer.zero_grad()
        logits, loss = forward(adapted, records)
        loss.backward()
        if step == 1:
            expected["loraLoss"] = loss.item()
            tensors |= {f"lora.logits.{i}": values for i, values in enumerate(logits)}
            tensors |= {f"lora.grad.{n}": p.grad.clone() for n, p in trained.items()}
            expected["loraGradientNorm"] = torch.nn.utils.get_total_norm(p.grad for p in trained.values()).item()
        optimizer.step()
        if step in (1, 3):
            tensors |= {f"lora.step{step}.{n}": p.detach().clone() for n, p in trained.items()}

    tensors = {n: t.detach().contiguous() for n, t in tensors.items()}
    save_file(tensors, folder / "expected.safetensors", {"format": "pt"})
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
    print(f"{name}: loss {expected['loss']:.4f}, with adapter {expected['loraLoss']:.4f}")


def stable_adapter_config(path):
    """No path of this machine, and lists in one order."""
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = ".."
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    path.write_text(json.dumps(config, indent=2, sort_keys=True))


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.disable_progress_bar()
    for name, case in CASES.items():
        make(name, case)
