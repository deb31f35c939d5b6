"""Makes a checkpoint with a tokenizer as Transformers saves it, and a LoRA adapter for it as PEFT saves it.

    python make.py        # in an environment with interop/requirements.txt
"""

import json
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).parent


def make():
    for name in ("checkpoint", "adapter"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=280, hidden_size=8, intermediate_size=16, num_hidden_layers=1,
                                         num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=True))
    model.to(torch.bfloat16).save_pretrained(HERE / "checkpoint")
    text = Tokenizer(models.BPE())
    text.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    text.train_from_iterator(["a tiny tokenizer"], trainers.BpeTrainer(
        vocab_size=280, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<s>", "</s>"]))
    PreTrainedTokenizerFast(tokenizer_object=text, bos_token="<s>", eos_token="</s>").save_pretrained(HERE / "checkpoint")

    adapted = get_peft_model(model, LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"))
    adapted.save_pretrained(HERE / "adapter")
    (HERE / "adapter" / "README.md").unlink()
    path = HERE / "adapter" / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = "../checkpoint"
    config["target_modules"].sort()
    path.write_text(json.dumps(config, indent=2, sort_keys=True))


if __name__ == "__main__":
    make()
