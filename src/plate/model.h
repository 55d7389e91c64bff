// Private to plate/: models/plate-finder.onnx and models/plate-reader.onnx, built into the program.
#ifndef HEIYAN_PLATE_MODEL_H
#define HEIYAN_PLATE_MODEL_H

extern const unsigned char plate_finder_net[], plate_finder_net_end[];
extern const unsigned char plate_reader_net[], plate_reader_net_end[];

#endif
