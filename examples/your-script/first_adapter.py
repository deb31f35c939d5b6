"""Writes the adapter that every site starts from: first_adapter.py BASE OUT"""

import sys

from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, set_seed

set_seed(0)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")).save_pretrained(sys.argv[2])
