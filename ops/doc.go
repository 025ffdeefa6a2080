// Package ops holds every operation, one family a file: its shapes, its derivative, its
// evaluation.
//
// The one idea: an operation is a small comparable struct with four methods (see [graph.Op]),
// and a function that applies it. Functions take and return nodes and never fail on the spot:
// operands that do not fit are reported, once, with layer and line, when the graph is compiled.
//
//	h := ops.ReLU(ops.Linear(x, w, b))
//	loss := ops.CrossEntropy(h, labels)
//
// To add one, see docs/adding-an-op.md.
//
// # Joined ops
//
// When a graph is compiled, some of these ops are joined. The results are ops that only the compiler makes. They
// stand on tapes, not in graphs:
//
//	fused_epilogue.go   epilogue: an op and the elementwise ops after it
//	fused_matmul.go     matmulAdd: a product and the sum that it is a term of
//	fused_norm.go       convNorm: a convolution and a normalisation; foldConv and packNorm prepare its weights
//	fused_packed.go     packConv and packedConv: a convolution with constant weights
//	fused_attention.go  maskedAttention: attention in small ops, with a mask
//
// A chain of elementwise ops becomes the op fused of package graph, in graph/fuse_chains.go.
//
// A formula in small ops becomes one of the ops below, or maskedAttention, where nothing else reads its inner values:
// see the patterns in pattern_softmax.go, pattern_norm.go, pattern_attention.go and pattern_loss.go.
//
// # Table of primitives
//
// Each type of op has a row, by file: the type, its names on the tape, the shapes of its operands and results, and its
// gradient. Functions without a row are made of these. A type that stands for a table of functions has a row for each
// of them below its own: name with attributes, formula, gradient.
//
// In the rows y are results, dy the gradient of y, u that of a gradient. A bias b, where there is one, has db = Σ dy.
// G counts the groups of a convolution and s is 1/n for a mean. For normalisations r is 1/√(variance + eps), x̂ is
// (x - mean)·r, g is dy·w, M a mean, and m the momentum. "None by nature" is a gradient of zero; where there is no
// rule, asking for a gradient is an error. {1,2} stands for either.
//
//	activation.go
//	  derivative  see below  kept (…), dy (…) → (…)  y = dy·f′(kept): ddy = u·f′, dkept = u·dy·f″
//	    ∂abs              sign x                          f″ = 0
//	    ∂clamp lo hi      1 where lo ≤ x ≤ hi, else 0     f″ = 0
//	    ∂sigmoid          y·(1-y)                         f″ = 1 - 2y, by y
//	    ∂tanh             1 - y²                          f″ = -2y, by y
//	    ∂relu             1 where y > 0, else 0           f″ = 0
//	    ∂leakyrelu slope  1 where x > 0, else slope       f″ = 0
//	    ∂elu alpha        1 where x > 0, else alpha·eˣ    f″ = alpha·eˣ where x ≤ 0, else 0
//	    ∂silu             σ + x·σ·(1-σ), σ = σ(x)         f″ = σ·(1-σ)·(2 + x·(1-2σ))
//	    ∂gelu             Φ(x) + x·φ(x)                   f″ = φ(x)·(2 - x²)
//	    ∂gelutanh         s + x·v′·s·(1-s), see gelutanh  f″ = s·(1-s)·(2v′ + x·v″ + x·(1-2s)·v′²)
//	    ∂softplus         σ(x)                            f″ = σ(x)·(1 - σ(x))
//	arith.go
//	  binary  see below  a, b → what both broadcast to       summed over what was repeated
//	    add           a + b                  da = dy, db = dy
//	    sub           a - b                  da = dy, db = -dy
//	    mul           a·b                    da = dy·b, db = dy·a
//	    div           a/b                    da = dy/b, db = -dy·y/b
//	    pow           aᵇ                     da = dy·b·aᵇ⁻¹, db = dy·y·ln a
//	    minimum       min(a, b)              dy to the smaller, half to each of equals
//	    maximum       max(a, b)              dy to the larger, half to each of equals
//	    less          1 where a < b, else 0  none by nature
//	    lessequal     1 where a ≤ b, else 0  none by nature
//	    greater       1 where a > b, else 0  none by nature
//	    greaterequal  1 where a ≥ b, else 0  none by nature
//	    equal         1 where a = b, else 0  none by nature
//	    notequal      1 where a ≠ b, else 0  none by nature
//	  where   where      cond, a, b → what all broadcast to  da = dy where cond ≠ 0, db = dy elsewhere; cond none
//	attention.go
//	  attention      {,self-,cross-}attention   q (…,T,HS), k, v (…,S,HS) → y, ln Σeˢ (…,T)  see attention.Grad
//	  attentionGrad  ∂{,self-,cross-}attention  dy, y, ln Σeˢ, q, k, v → dq, dk, dv          no rule: an error
//	cast.go
//	  cast         cast                                                      x (…) → (…)     none by nature
//	  compareInts  {less,lessequal,greater,greaterequal,equal,notequal}-int  a, b (…) → (…)  none by nature
//	conv.go
//	  convolve       conv{1,2}d           x (N,C,…), w → (N,K,…)  dx = convTranspose(dy, w), dw = convWeights(x, dy)
//	  convTranspose  convtranspose{1,2}d  x (N,C,…), w → (N,K,…)  dx = convolve(dy, w), dw = convWeights(dy, x)
//	  convWeights    conv{1,2}d-weights   x, dy → (K,C/G,…)       dx = convTranspose(dy, u), ddy = convolve(x, u)
//	  channelSum     channel-sum          x (N,C,…) → (C)         dx = channelFill(dy)
//	  channelFill    channel-fill         x (C) → (N,C,…)         dx = channelSum(dy)
//	counter.go
//	  increment  increment  n (…) int64 → (…)  none by nature
//	index.go
//	  take       gather embedding  x (…,n,…), idx (j…) int64 → (…,j…,…)     dx = put(dy, idx)
//	  put        scatter-add       dy (…,j…,…), idx (j…) int64 → (…,n,…)    ddy = take(u, idx)
//	  takeAlong  take-along        x (…,n,…), idx (…,j,…) int64 → (…,j,…)   dx = putAlong(dy, idx)
//	  putAlong   put-along         dy (…,j,…), idx (…,j,…) int64 → (…,n,…)  ddy = takeAlong(u, idx)
//	  oneHot     one-hot           idx (…) int64 → (…,depth)                none by nature
//	join.go
//	  concat  concat  x₁ (…,n₁,…), x₂ (…,n₂,…), … → (…,Σn,…)  dxᵢ = slice of dy
//	  split   split   x (…,Σn,…) → (…,n₁,…), (…,n₂,…), …      dx = concat(dy₁, dy₂, …)
//	layout.go
//	  reshape    reshape flatten {,un}squeeze  x (…) → to, of as many elements  dx = reshape(dy)
//	  transpose  transpose                     x (…) → its axes permuted        dx = transpose(dy), the other way
//	  expand     expand                        x (…,1,…) → (…,n,…)              dx = sumTo(dy)
//	  sumTo      sum-to                        x (…,n,…) → (…,1,…)              dx = expand(dy)
//	linear.go
//	  linear  linear  x (…,in), w (out,in), b (out) → (…,out)  dx = dy·w, dw = dyᵀ·x, db = Σ dy
//	loss.go
//	  crossEntropy      cross-entropy   x (N,C,…), t (N,…), w → y, ln Σeˣ, n  dx = dy·(softmax(x) - q)/n; w none
//	  crossEntropyGrad  ∂cross-entropy  x, t, ln Σeˣ, dy (), w → dx (N,C,…)   no rule: an error
//	loss_nll.go
//	  counted  count-targets  t (N,…) int64, w (C) → t, w[t] (N,…), Σ w[t] ()  none by nature
//	loss_pointwise.go
//	  pointLoss      see below             x (…), t (…) → () or (…)          dx = s·dy·∂f/∂x, dt = s·dy·∂f/∂t
//	    mse             (x-t)²                                          2·(x-t); by t -2·(x-t)
//	    l1              |x-t|                                           sign(x-t); by t -sign(x-t)
//	    huber delta     (x-t)²/2 where |x-t| ≤ δ, else δ·(|x-t| - δ/2)  x-t within ±δ; by t its negative
//	    smooth-l1 beta  (x-t)²/2β where |x-t| < β, else |x-t| - β/2     (x-t)/β within ±1; by t its negative
//	    bce             -t·ln x - (1-t)·ln(1-x)                         (x-t)/(x·(1-x)); by t ln(1-x) - ln x
//	    bce-logits      max(x, 0) - x·t + ln(1 + e^-|x|)                σ(x) - t; by t -x
//	    kl              t·(ln t - x)                                    -t; by t ln t + 1 - x
//	    kl-gauss        (x² + eᵗ - 1 - t)/2                             x; by t (eᵗ - 1)/2
//	  pointLossGrad  ∂…, of each of these  x (…), t (…), dy () or (…) → (…)  ddy = Σ u·s·∂f; by x and t: u·s·dy·∂²f
//	loss_sum.go
//	  penalty  {l1,l2}-penalty  w₁, w₂, … of any shapes → ()  dw = dy·sign w; dw = dy·w
//	matmul.go
//	  matmul  matmul  a (…,m,k), b (…,k,n) → (…,m,n), … broadcasts  da = dy·bᵀ, db = aᵀ·dy, summed as in binary
//	mish.go
//	  mish  mish  x (…) → (…)  dx = dy·(t + x·(1-t²)·σ(x)), t = tanh(ln(1 + eˣ))
//	norm.go
//	  batchNorm      batchnorm           x (N,C,…), w → y, mean, variance       see batchNorm.Grad
//	  batchNormGrad  ∂batchnorm          dy, x, mean, variance, w → dx, dw, db  of dy, x, w: see normSecond
//	  batchNormEval  batchnormeval       x, mean, variance, w → y               dx = dy·w·r, dw = Σ dy·x̂
//	  running        running             old, batch (C) → (C)                   dold = dy·(1-m); see running.Grad
//	  rowNorm        {layer,group}norm   x (…), w → y, mean, r                  as batchNorm, by row or group
//	  rowNormGrad    ∂{layer,group}norm  dy, x, mean, r, w → dx, dw, db         of dy, x, w: see normSecond
//	pool.go
//	  maxPool          maxpool{1,2}d                x (N,C,H,W) → y, index int64  dx = scatterPlanes(dy, index)
//	  scatterPlanes    scatter-planes               x, index → (N,C,H,W)          dx = gatherPlanes(dy, index)
//	  gatherPlanes     gather-planes                x, index → (N,C,…)            dx = scatterPlanes(dy, index)
//	  avgPool          avgpool{1,2}d                x (N,C,H,W) → (N,C,OH,OW)     dx = avgPoolGrad(dy)
//	  avgPoolGrad      ∂avgpool{1,2}d               dy (N,C,OH,OW) → (N,C,H,W)    ddy = avgPool(u)
//	  adaptiveAvg      {adaptive,global}avgpool2d   x (N,C,H,W) → (N,C,OH,OW)     dx = adaptiveAvgGrad(dy)
//	  adaptiveAvgGrad  ∂{adaptive,global}avgpool2d  dy (N,C,OH,OW) → (N,C,H,W)    ddy = adaptiveAvg(u)
//	  adaptiveMax      {adaptive,global}maxpool2d   x (N,C,H,W) → y, index int64  dx = scatterPlanes(dy, index)
//	random.go
//	  dropout  {dropout,spatial-dropout,drop-path}  x (…), step () int64 → (…)  dx = dy·m/(1-p) with the same mask m
//	  random   random              step () int64 → any shape   none by nature
//	recurrent.go
//	  recurrent  rnn{,-relu} lstm gru  x (N,T,in), wIH, wHH, … → y (N,T,H), h (N,H), …  recurrentGrad
//	recurrent_grad.go
//	  recurrentGrad  ∂rnn{,-relu} ∂lstm ∂gru  x, wIH, wHH, …, dy, dh, dc → dx, …  no rule: an error
//	reduce.go
//	  reduce     see below      x (…,n,…) → (…), or (…,1,…) kept  dx has the shape of x
//	    sum   Σ x    dy, repeated
//	    mean  Σ x/n  dy/n, repeated
//	    max   max x  dy·maxmask
//	    min   min x  dy·minmask
//	  firstMask  {max,min}mask  x (…) → (…)                       none by nature
//	  argReduce  arg{max,min}   x (…,n,…) → (…) int64             none by nature
//	round.go
//	  rounding   floor ceil round trunc  x (…) → (…)     none by nature
//	  remainder  remainder fmod          a, b (…) → (…)  da = dy, db = -dy·q, q the whole quotient
//	scan.go
//	  scan  cumsum scan  x, a (…,n,…) → yᵢ = aᵢ·yᵢ₋₁ + xᵢ  dx: dy the other way by a, one on; daᵢ = dxᵢ·yᵢ₋₁
//	scatter.go
//	  lastAlong  last-along  idx (…,j,…) int64 → (…,j,…)  none by nature
//	slice.go
//	  slice  slice  x (…,n,…) → (…,count,…)  dx = pad(dy) at the same places
//	  pad    pad    x (…,n,…) → (…,size,…)   dx = slice(dy) at the same places
//	  flip   flip   x (…) → (…)              dx = flip(dy)
//	softmax.go
//	  softmax      {,log}softmax   x (…) → (…)          dx = y·(dy - Σ dy·y); dx = dy - eʸ·Σ dy
//	  softmaxGrad  ∂{,log}softmax  y (…), dy (…) → (…)  of y and dy: see softmaxGrad
//	sort.go
//	  order  sort  x (…,n,…) → y, index (…,count,…) int64  dx = putAlong(dy, index)
//	stop.go
//	  stop  stop  x (…) → (…)  none by nature
//	unary.go
//	  unary  see below  x (…) → (…)  dx has the shape of x
//	    neg              -x                                             -dy
//	    abs              |x|                                            dy·sign x
//	    exp              eˣ                                             dy·y
//	    log              ln x                                           dy/x
//	    sqrt             √x                                             dy/2y
//	    rsqrt            1/√x                                           -½·dy·y³
//	    square           x²                                             2·dy·x
//	    reciprocal       1/x                                            -dy·y²
//	    sin              sin x                                          dy·cos x
//	    cos              cos x                                          -dy·sin x
//	    erf              2/√π·∫₀ˣ e^(-t²) dt                            dy·2/√π·e^(-x²)
//	    sign             -1, 0 or 1                                     none by nature
//	    clamp lo hi      min(max(x, lo), hi)                            dy where lo ≤ x ≤ hi, else 0
//	    addscalar s      x + s                                          dy
//	    scale s          x·s                                            dy·s
//	    powscalar p      xᵖ                                             dy·p·xᵖ⁻¹
//	    sigmoid          σ(x) = 1/(1 + e⁻ˣ)                             dy·y·(1-y)
//	    tanh             tanh x                                         dy·(1 - y²)
//	    relu             max(x, 0)                                      dy where y > 0, else 0
//	    leakyrelu slope  x where x > 0, else slope·x                    dy where x > 0, else dy·slope
//	    elu alpha        x where x > 0, else alpha·(eˣ-1)               dy where x > 0, else dy·alpha·eˣ
//	    silu             x·σ(x)                                         dy·(σ + x·σ·(1-σ))
//	    gelu             x·Φ(x)                                         dy·(Φ(x) + x·φ(x))
//	    gelutanh         x·s, s = σ(v), v = 2·√(2/π)·(x + 0.044715·x³)  dy·(s + x·v′·s·(1-s))
//	    softplus         ln(1 + eˣ)                                     dy·σ(x)
//	update.go
//	  update      sgd momentum adagrad rmsprop adam adamw  p, dp, moments, lr → p′, moments′  no rule: an error
//	  globalNorm  global-norm                              x₁, x₂, … → ()                     no rule: an error
//	  clipByNorm  clip-norm                                x (…), norm () → (…)               no rule: an error
package ops
