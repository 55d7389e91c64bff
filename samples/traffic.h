// Where the scene's vehicles are at any moment.
#ifndef HEIYAN_SAMPLES_TRAFFIC_H
#define HEIYAN_SAMPLES_TRAFFIC_H

#include "scene.h"

typedef struct Pose {
    Vec3 rear;      // the middle of the rear end, on the ground
    float heading;  // clockwise from the world's y axis
    float speed;    // m/s along the heading
    float near_y;   // the end nearer to the camera
    bool braking;
} Pose;

Pose traffic_pose(const Scene *scene, const SceneVehicle *vehicle, float length, float time);
Vec3 pose_point(const Pose *pose, Vec3 local); // vehicle axes to world

#endif
