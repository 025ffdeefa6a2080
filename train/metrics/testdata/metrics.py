#!/usr/bin/python3
"""Writes metrics.json: metrics of random predictions, with ties, classes that are absent, and one class alone, by
scikit-learn and SciPy. Needs Debian's python3-sklearn (1.2.1)."""
import json, os, re, warnings
import numpy as np
from scipy import stats
from sklearn import calibration, metrics as sk

warnings.filterwarnings('ignore')
rng = np.random.default_rng(14)

def number(v):
    v = float(v)
    return None if np.isnan(v) else float('%.12g' % v)

def numbers(a): return [number(v) for v in np.ravel(a)]

def confusion(name, truth, predicted, classes):
    each = sk.precision_recall_fscore_support(truth, predicted, labels=range(classes), zero_division=0)
    mean = lambda how: numbers(sk.precision_recall_fscore_support(truth, predicted, average=how, zero_division=0)[:3])
    return {'name': name, 'classes': classes, 'truth': truth.tolist(), 'predicted': predicted.tolist(),
            'counts': sk.confusion_matrix(truth, predicted, labels=range(classes)).ravel().tolist(),
            'accuracy': number(sk.accuracy_score(truth, predicted)), 'precision': numbers(each[0]),
            'recall': numbers(each[1]), 'f1': numbers(each[2]), 'support': [int(v) for v in each[3]], 'macro': mean('macro'),
            'micro': mean('micro'), 'weighted': mean('weighted'),
            'mcc': number(sk.matthews_corrcoef(truth, predicted)),
            'kappa': number(sk.cohen_kappa_score(truth, predicted))}

def ranking(name, positive, scores):
    fpr, tpr, _ = sk.roc_curve(positive, scores, drop_intermediate=False)
    precision, recall, _ = sk.precision_recall_curve(positive, scores)
    return {'name': name, 'positive': [bool(v) for v in positive], 'scores': numbers(scores), 'fpr': numbers(fpr),
            'tpr': numbers(tpr), 'auc': number(sk.roc_auc_score(positive, scores)),
            'precision': numbers(precision[::-1]), 'recall': numbers(recall[::-1]),
            'ap': number(sk.average_precision_score(positive, scores))}

def probabilities(name, truth, p):
    classes = p.shape[1]
    out = {'name': name, 'truth': truth.tolist(), 'p': [numbers(row) for row in p],
           'log_loss': number(sk.log_loss(truth, p, labels=range(classes))),
           'top': [number(sk.top_k_accuracy_score(truth, p, k=k, labels=range(classes))) if classes > 2 else None
                   for k in range(1, classes)]}
    out['ovr'] = number(sk.roc_auc_score(truth, p, multi_class='ovr')) if len(set(truth)) == classes > 2 else None
    if classes == 2:
        out['brier'] = number(sk.brier_score_loss(truth, p[:, 1], pos_label=1))
        ok, mean = calibration.calibration_curve(truth, p[:, 1], n_bins=4)
        out['bins'] = {'accuracy': numbers(ok), 'confidence': numbers(mean)}
    return out

def softmax(x):
    e = np.round(np.exp(x - x.max(1, keepdims=True)), 3) + .001
    return e / e.sum(1, keepdims=True)

def regression(name, y, z):
    return {'name': name, 'truth': numbers(y), 'predicted': numbers(z), 'mse': number(sk.mean_squared_error(y, z)),
            'rmse': number(sk.mean_squared_error(y, z, squared=False)), 'mae': number(sk.mean_absolute_error(y, z)),
            'r2': number(sk.r2_score(y, z))}

draw = lambda k, n: rng.integers(0, k, n)
half = lambda n, k: np.where(rng.random(n) < .6, k, draw(k.max() + 1, n))
truth = {n: draw(n, 24) for n in (2, 3, 5)}
out = {
    'confusion': [confusion('%d classes' % n, t, half(24, t), n) for n, t in truth.items()] + [
        confusion('a class that is never predicted', truth[3], np.minimum(half(24, truth[3]), 1), 3),
        confusion('a class without examples', np.minimum(truth[3], 1), truth[3], 3),
        confusion('a class with neither', np.minimum(truth[3], 1), np.minimum(half(24, truth[3]), 1), 4),
        confusion('one class alone', np.zeros(5, int), np.zeros(5, int), 1),
        confusion('one class, taken for two', np.zeros(6, int), draw(2, 6), 2),
        confusion('all wrong', np.array([0, 0, 1]), np.array([1, 1, 0]), 2)],
    'ranking': [ranking('no ties', truth[2], rng.random(24)),
                ranking('ties', truth[2], np.round(rng.random(24) + .4 * truth[2], 1)),
                ranking('all one score', truth[2], np.full(24, .5)),
                ranking("the documentation's", np.array([0, 0, 1, 1]), np.array([.1, .4, .35, .8])),
                ranking('in order', np.array([0, 0, 1]), np.array([-1, 0, 1e30])),
                ranking('the other way', np.array([1, 0, 0]), np.array([-1, 0, 1]))],
    'probabilities': [probabilities('%d classes' % n, t, softmax(rng.normal(size=(24, n)) + 1.5 * np.eye(n)[t]))
                      for n, t in truth.items()] + [
        probabilities('sure and wrong', np.array([0, 1, 1]), np.array([[0., 1], [0, 1], [.5, .5]])),
        probabilities('a class without examples', np.minimum(truth[3], 1), softmax(rng.normal(size=(24, 3))))],
    'regression': [regression('near', *(lambda y: (y, y + .3 * rng.normal(size=12)))(np.round(rng.normal(size=12), 3))),
                   regression('far', np.arange(6.), np.arange(6.)[::-1]),
                   regression('one value, missed', np.ones(4), np.arange(4.)),
                   regression('one value, met', np.ones(4), np.ones(4))],
    'mcnemar': [{'a': a, 'b': b, 'p': number(stats.binomtest(a, a + b).pvalue)}
                for a, b in ((10, 2), (2, 10), (5, 5), (1, 0), (30, 12), (6, 5))],
    'paired': []}
for n in (2, 5, 10):
    a, b = np.round(rng.random(n), 3), np.round(rng.random(n) * .8, 3)
    t = stats.ttest_rel(a, b)
    out['paired'].append({'a': numbers(a), 'b': numbers(b), 't': number(t.statistic), 'p': number(t.pvalue)})

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'metrics.json'), 'w') as f:
    f.write(re.sub(r'\[[^][{}]*\]', lambda m: ' '.join(m[0].split()), json.dumps(out, indent=1)) + '\n')
