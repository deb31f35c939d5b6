"""Makes small bases, LoRA adapters for them by PEFT, and what PEFT's merge_and_unload makes of the two.

    python make.py        # in an environment with interop/requirements.txt
"""

import copy
import json
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent


def llama(**changes):
    settings = dict(vocab_size=24, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
                    num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=True)
    return LlamaForCausalLM(LlamaConfig(**settings | changes))


def gpt2():
    return GPT2LMHeadModel(GPT2Config(vocab_size=24, n_positions=8, n_embd=8, n_layer=1, n_head=2))


CASES = {
    "linear": (llama(), dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])),
    "bfloat16": (llama().to(torch.bfloat16), dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])),
    "patterns": (llama(), dict(r=4, lora_alpha=8, target_modules=["q_proj", "k_proj", "down_proj"],
                               rank_pattern={"q_proj": 2, "layers.1.mlp.down_proj": 6, "down_proj": 3},
                               alpha_pattern={r"^model\.layers\.0\..*k_proj": 32, "1.self_attn.k_proj": 1.5})),
    "rslora": (llama(), dict(r=4, lora_alpha=8, use_rslora=True, target_modules=["q_proj", "o_proj"],
                             rank_pattern={"o_proj": 2})),
    "transposed": (gpt2(), dict(r=3, lora_alpha=6, fan_in_fan_out=True, target_modules=["c_attn", "mlp.c_proj"])),
    "embedding": (llama(tie_word_embeddings=False), dict(r=3, lora_alpha=6, target_modules=["embed_tokens", "q_proj"],
                                                         modules_to_save=["lm_head"])),
    "adapter-bias": (llama(attention_bias=True), dict(r=2, lora_alpha=6, lora_bias=True, target_modules=["q_proj", "v_proj"])),
    "trained-bias": (llama(attention_bias=True), dict(r=2, lora_alpha=4, bias="all", target_modules=["q_proj"])),
}


def weights(model):
    """As Transformers saves them: a tied output layer once."""
    tied = set(model._tied_weights_keys or ()) if model.config.tie_word_embeddings else set()
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name not in tied}


for number, (name, (model, settings)) in enumerate(CASES.items()):
    torch.manual_seed(number)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    base = copy.deepcopy(model)
    save_file(weights(base), folder / "base.safetensors", metadata={"format": "pt"})
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings))
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.2)
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink()
    config = json.loads((folder / "adapter_config.json").read_text())
    config["target_modules"].sort()
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True))
    save_file(weights(adapted.merge_and_unload()), folder / "merged.safetensors", metadata={"format": "pt"})
