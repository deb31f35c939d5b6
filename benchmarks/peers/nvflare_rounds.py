"""NVIDIA FLARE's own cost of a round: nvflare_rounds.py MEGABYTES SITES ROUNDS (its simulator, client_add_one.py at each site).

Seconds per round stand between its 'Round n started' log lines.
"""
import pathlib, sys, tempfile, time
import numpy as np
from nvflare.app_common.np.recipes.fedavg import NumpyFedAvgRecipe
from nvflare.recipe import SimEnv

megabytes, sites, rounds = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
folder = pathlib.Path(tempfile.mkdtemp())
np.save(folder / "initial.npy", np.zeros(int(megabytes * 262144), dtype=np.float32))
recipe = NumpyFedAvgRecipe(name="rounds", initial_ckpt=str(folder / "initial.npy"), min_clients=sites, num_rounds=rounds,
                           train_script=str(pathlib.Path(__file__).with_name("client_add_one.py")))
start = time.perf_counter()
recipe.execute(SimEnv(num_clients=sites, num_threads=sites, workspace_root=str(folder / "workspace")))
print(f"total {time.perf_counter() - start:.1f} s")
