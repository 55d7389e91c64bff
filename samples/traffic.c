#include "traffic.h"

#include "ground.h"
#include "noise.h"

#define BRAKE 2.2f // m/s2, also for starting again

// Distance covered since the vehicle passed the start line.
static float way(const SceneVehicle *v, float time, float *speed, bool *braking)
{
    float cruise = v->speed / 3.6f, t = time - v->start;
    *speed = cruise;
    *braking = false;
    if (v->stop_for <= 0)
        return cruise * t;
    float ramp = cruise / BRAKE, brake_way = 0.5f * cruise * ramp, begin = (v->stop_at - brake_way) / cruise;
    if (t < begin)
        return cruise * t;
    *braking = t < begin + ramp + v->stop_for;
    if (t < begin + ramp) {
        float u = t - begin;
        *speed = cruise - BRAKE * u;
        return v->stop_at - brake_way + cruise * u - 0.5f * BRAKE * u * u;
    }
    float u = t - begin - ramp - v->stop_for;
    *speed = 0;
    if (u < 0)
        return v->stop_at;
    *speed = fminf(BRAKE * u, cruise);
    return v->stop_at + (u < ramp ? 0.5f * BRAKE * u * u : brake_way + cruise * (u - ramp));
}

Pose traffic_pose(const Scene *scene, const SceneVehicle *v, float length, float time)
{
    Pose pose = {0};
    float done = way(v, time, &pose.speed, &pose.braking);
    bool back = v->lane < 0;
    float y = back ? -done : done; // the end that passed the start line
    float sway = 0.25f * noise1(y * 0.02f, v->seed) + 0.05f * noise1(y * 0.15f, v->seed + 1);
    float slope = y > 0 ? scene->curve * y : 0;
    pose.near_y = y;
    pose.heading = (back ? PI_F : 0) + atanf(slope);
    pose.rear = vec(scene_lane_center(scene, v->lane) + sway + scene_bend(scene, y), back ? y + length : y, 0);
    return pose;
}

Vec3 pose_point(const Pose *pose, Vec3 p)
{
    float c = cosf(pose->heading), s = sinf(pose->heading);
    return vec_add(pose->rear, vec(c * p.x + s * p.y, -s * p.x + c * p.y, p.z));
}
