"""Fine-tunes a language model on pairs of prompt and completion."""

import weft
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

weft.init()
data = weft.system_info()["data_folder"]
records = load_dataset("json", data_files={"train": f"{data}/glosses.jsonl", "test": f"{data}/glosses-eval.jsonl"})
trainer = SFTTrainer(
    model="base",
    args=SFTConfig(output_dir="out", num_train_epochs=3, learning_rate=1e-3, use_cpu=True, bf16=False),
    train_dataset=records["train"],
    eval_dataset=records["test"],
)
weft.patch(trainer, local_epochs=1)
trainer.train()
trainer.save_model("tuned")
