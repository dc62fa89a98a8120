"""The two products that cost most: each line is a name and the median seconds of it."""

import time

import torch
import torch.nn as nn

torch.manual_seed(0)
a, b = torch.randn(512, 512), torch.randn(512, 512)
lstm = nn.LSTM(512, 512)
x = torch.randn(128, 32, 512)


def job(name, f, times):
    f()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        f()
        taken.append(time.perf_counter() - started)
    print(name, sorted(taken)[times // 2])


with torch.no_grad():
    job("matmul", lambda: a @ b, 15)
    job("lstm", lambda: lstm(x), 5)
