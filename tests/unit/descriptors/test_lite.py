"""EfficientNet-Lite against timm's."""

import pytest
import torch

from viewcast.descriptors.lite import HEAD, SCALES, EfficientNetLite

timm = pytest.importorskip("timm")


@pytest.mark.parametrize(
    ("name", "side"), [("efficientnet_lite0", 224), ("efficientnet_lite0", 161), ("efficientnet_lite2", 260)]
)
def test_the_same_network_as_timms(name, side):
    torch.manual_seed(1)
    theirs = timm.create_model(f"tf_{name}").eval()
    for part in theirs.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(part.running_mean, 0, 0.1)
            torch.nn.init.uniform_(part.running_var, 0.5, 2)
            torch.nn.init.uniform_(part.weight, 0.5, 1.5)
    ours = EfficientNetLite(name).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    batch = torch.randn(2, 3, side, side)
    with torch.no_grad():
        features = theirs.forward_head(theirs.forward_features(batch), pre_logits=True)
        assert features.shape == (2, HEAD)
        # To the last bit, so that no table moves.
        assert torch.equal(ours.features(batch), features) and torch.equal(ours(batch), theirs(batch))


def test_every_size_is_one_of_timms():
    assert {f"tf_{name}" for name in SCALES} <= set(timm.list_models("tf_efficientnet_lite*"))
