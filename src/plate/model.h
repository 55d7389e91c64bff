// Private to plate/: models/plate-reader.onnx, built into the program.
#ifndef HEIYAN_PLATE_MODEL_H
#define HEIYAN_PLATE_MODEL_H

extern const unsigned char plate_model[], plate_model_end[];

#endif
