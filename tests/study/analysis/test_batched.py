"""Stacks of matrices, of which some are bad."""

import numpy as np

from allodynia.study.analysis.batched import cholesky, inverse


def test_bad_members_are_missing_and_leave_the_others_their_bits():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(6, 4, 4))
    stack = root @ np.swapaxes(root, 1, 2)
    alone, logdet = inverse(stack)
    np.testing.assert_allclose(alone @ stack, np.broadcast_to(np.eye(4), stack.shape), atol=1e-8)
    np.testing.assert_allclose(logdet, np.linalg.slogdet(stack)[1], rtol=1e-9)
    mixed = stack.copy()
    mixed[1] = np.nan
    mixed[2] = -np.eye(4)
    mixed[3] = np.ones((4, 4))  # of rank 1
    mixed[4, 0, 0] = np.inf
    found, determinant = inverse(mixed)
    for k in (0, 5):
        np.testing.assert_array_equal(found[k], alone[k])
        assert determinant[k] == logdet[k]
    assert np.isnan(found[1:5]).all() and np.isnan(determinant[1:5]).all()
    assert np.isnan(cholesky(mixed)[1:3]).all()


def test_units_far_apart_do_no_harm():
    # Lower factors of such matrices underflow when inverted as they are.
    unit = np.array([1e-120, 1.0, 1e120])
    shape = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, 0.3], [0.2, 0.3, 1.0]])
    found, _ = inverse((shape * unit * unit[:, None])[None])
    np.testing.assert_allclose(found[0] * unit * unit[:, None], np.linalg.inv(shape), rtol=1e-12)
