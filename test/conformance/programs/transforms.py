import torch
torch.manual_seed(0)
x=torch.randn(2,6); c=torch.randn(3,5,dtype=torch.complex64)
for f in ('fft','ifft','rfft'): print(getattr(torch.fft,f)(x), getattr(torch.fft,f)(x,dim=0).stride(), getattr(torch.fft,f)(x,n=8,norm='ortho'), getattr(torch.fft,f)(x,4,norm='forward'))
print(torch.fft.irfft(c), torch.fft.irfft(c,n=7), torch.fft.fft(c), torch.fft.ifft(c,dim=0), torch.fft.irfft(torch.fft.rfft(x)), torch.fft.fft(torch.arange(4)), torch.fft.fft(x.double()).dtype)
for f in (lambda t: torch.fft.rfft(t,n=5).abs().sum(), lambda t: torch.fft.fft(t,n=9,dim=-1).abs().sum(), lambda t: torch.fft.irfft(torch.fft.rfft(t),n=5).pow(2).sum(), lambda t: (torch.fft.ifft(t).real*torch.arange(6.)).sum()):
    t=x.clone().requires_grad_(); f(t).backward(); print(t.grad)
z=c.clone().requires_grad_(); (torch.fft.irfft(z)*torch.arange(8.)).sum().backward(); print(z.grad)
z=c.clone().requires_grad_(); torch.fft.fft(z).abs().sum().backward(); print(z.grad)
for w in ('hann_window','hamming_window','blackman_window','bartlett_window'):
    for n in (0, 1, 2, 5, 16): print(getattr(torch, w)(n), getattr(torch, w)(n, periodic=False), getattr(torch, w)(n, False, dtype=torch.float64))
print(torch.hamming_window(6,True,0.5,0.5), torch.hann_window(5,requires_grad=True))
a,b=torch.rand(3,1,requires_grad=True),torch.rand(4,requires_grad=True); p=torch.polar(a,b); print(p); torch.view_as_real(p).sum().backward(); print(a.grad,b.grad)
q=torch.complex(a,b); print(q); q.abs().sum().backward(); print(a.grad)
for f in (lambda: torch.fft.rfft(c), lambda: torch.fft.fft(x,dim=2), lambda: torch.fft.fft(torch.tensor(1.)), lambda: torch.fft.irfft(x[:,:1]), lambda: torch.fft.fft(x,norm='b'), lambda: torch.hann_window(-2), lambda: torch.fft.fft(x.half()), lambda: torch.polar(x,x.double())):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
