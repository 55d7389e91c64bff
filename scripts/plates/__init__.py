"""What the training and the evaluation of plate reading share: drawn plates, the network, real crops."""
