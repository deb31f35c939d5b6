"""Labels, truncation and losses as Weft's documentation describes them, written a second time on tokenizers and Transformers."""

import json

import torch
from peft import PeftModel
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

UNLABELLED = -100


def end_of_sequence(folder):
    def read(name):
        path = folder / name
        return json.loads(path.read_text()) if path.exists() else {}

    token = read("tokenizer_config.json").get("eos_token")
    if token is not None:
        return Tokenizer.from_file(str(folder / "tokenizer.json")).token_to_id(token if isinstance(token, str) else token["content"])
    for name in ("generation_config.json", "config.json"):
        ids = read(name).get("eos_token_id")
        if ids is not None:
            return ids[0] if isinstance(ids, list) else ids
    return None


def tokens_and_labels(record, tokenizer, end, max_length):
    """All tokens of a record that are kept, and for each whether it is to be predicted."""
    if "text" in record:
        tokens = tokenizer.encode(record["text"]).ids
        if tokens[-1] != end:
            tokens = tokens + [end]
        tokens = tokens[:max_length]
        return tokens, [False] + [True] * (len(tokens) - 1)
    encoding = tokenizer.encode(record["prompt"] + record["completion"])
    added = [special and begin == stop for special, (begin, stop) in zip(encoding.special_tokens_mask, encoding.offsets)]
    kept = [(token, not special and stop > len(record["prompt"]), special)
            for token, (_, stop), special in zip(encoding.ids, encoding.offsets, added)]
    if kept[-1][0] != end:
        kept.append((end, True, False))
    first = next(i for i, (_, answer, _) in enumerate(kept) if answer)
    leading = next((i for i, (_, _, special) in enumerate(kept) if not special), 0)
    excess = max(0, len(kept) - max_length)
    kept = kept[:leading] + kept[min(leading + excess, first):]
    kept = kept[:max_length]
    return [token for token, _, _ in kept], [False] + [answer for _, answer, _ in kept[1:]]


def load(model, adapter=None):
    loaded = LlamaForCausalLM.from_pretrained(model, dtype=torch.float32)
    if adapter is not None:
        loaded = PeftModel.from_pretrained(loaded, adapter)
    return loaded.eval()


@torch.no_grad()
def evaluate(model, base, records, max_length):
    """Loss per labelled token, how many there are, and the share of them that the model ranks first."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    end = end_of_sequence(base)
    total, labelled, right = 0.0, 0, 0
    for record in records:
        tokens, learned = tokens_and_labels(record, tokenizer, end, max_length)
        targets = torch.tensor([token if wanted else UNLABELLED for token, wanted in zip(tokens[1:], learned[1:])])
        logits = model(input_ids=torch.tensor([tokens[:-1]])).logits[0]
        total += torch.nn.functional.cross_entropy(logits.double(), targets, reduction="sum").item()
        right += int((logits.argmax(-1) == targets).sum())
        labelled += int((targets != UNLABELLED).sum())
    return {"loss": total / labelled, "tokens": labelled, "tokenAccuracy": right / labelled}


@torch.no_grad()
def greedy(model, base, prompt, count):
    """The continuation, and by how much the likeliest token led at its closest."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    end = end_of_sequence(base)
    tokens = tokenizer.encode(prompt).ids
    made, closest = [], float("inf")
    for _ in range(count):
        best = model(input_ids=torch.tensor([tokens + made])).logits[0, -1].topk(2)
        closest = min(closest, (best.values[0] - best.values[1]).item())
        if int(best.indices[0]) == end:
            break
        made.append(int(best.indices[0]))
    return tokenizer.decode(made), closest
