"""Datasets, samplers and loaders: what they give, in which order, and what they take from which stream."""
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split, Subset, ConcatDataset, WeightedRandomSampler, RandomSampler, SequentialSampler, BatchSampler, SubsetRandomSampler, IterableDataset
torch.manual_seed(0)
x=torch.arange(10.).view(10,1); y=torch.arange(10)
ds=TensorDataset(x,y)
print(len(ds), ds[3], ds[-1])
dl=DataLoader(ds,batch_size=4,shuffle=True)
print(len(dl))
for e in range(2):
    for a,b in dl: print(a.flatten().tolist(), b)
print(torch.rand(2))
g=torch.Generator().manual_seed(7)
dl=DataLoader(ds,batch_size=3,shuffle=True,generator=g,drop_last=True)
for e in range(2):
    for a,b in dl: print(b)
print(torch.rand(2), torch.rand(1,generator=g))
class Squares(Dataset):
    def __init__(self,n): self.n=n
    def __len__(self): return self.n
    def __getitem__(self,i): return {'x':torch.tensor([i*1.0]), 'y':i*i, 'name':f'n{i}', 'z':(i/2, i%2==0)}
for b in DataLoader(Squares(5),batch_size=2): print(b)
for b in DataLoader(Squares(3),batch_size=None): print(b)
tr,va=random_split(ds,[7,3]); print(len(tr),len(va),[int(t[1]) for t in va], tr.indices)
tr,va=random_split(ds,[0.75,0.25],generator=torch.Generator().manual_seed(1)); print(len(tr), va.indices)
def col(batch):
    xs,ys=zip(*batch); return torch.stack(xs), torch.tensor(ys).sum()
for a,b in DataLoader(va,batch_size=2,collate_fn=col): print(a.shape,b)
print(torch.rand(1))
s=WeightedRandomSampler([1.,2.,3.],5); print(list(s), len(s))
for a,b in DataLoader(ds,batch_size=5,sampler=RandomSampler(ds,replacement=True,num_samples=12)): print(b)
print(list(BatchSampler(SequentialSampler(range(7)),3,False)), list(SubsetRandomSampler([4,5,6])))
class It(IterableDataset):
    def __iter__(self):
        for i in range(5): yield i*2.
for b in DataLoader(It(),batch_size=2): print(b)
c=ds+Subset(ds,[1,2]); print(len(c), c[11], type(c).__name__)
it=iter(DataLoader(ds,batch_size=6)); print(next(it)[1]); print(next(it)[1]); print(next(it,None))
for i,(a,b) in enumerate(DataLoader(list(zip(range(4),range(4,8))),batch_size=2)): print(i,a,b)
dl=DataLoader(ds,batch_size=4); print(len(dl.dataset), dl.batch_size)
for f in [lambda: DataLoader(ds,batch_size=0), lambda: DataLoader(ds,shuffle=True,sampler=SequentialSampler(ds)), lambda: TensorDataset(x,y[:3]), lambda: random_split(ds,[3,3]), lambda: Dataset()[0], lambda: DataLoader([],shuffle=True)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(torch.rand(1))
