"""What the training and the evaluation of plates share: drawn plates, pictures of the finder, the networks, real crops."""
