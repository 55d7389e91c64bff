#include "camera.h"

Camera camera_make(Vec3 position, float pitch, float yaw, float roll, float fov, int width, float center_x, float center_y)
{
    float p = pitch * PI_F / 180, w = yaw * PI_F / 180, r = roll * PI_F / 180;
    Camera camera = {.position = position, .center_x = center_x, .center_y = center_y};
    camera.forward = vec(sinf(w) * cosf(p), cosf(w) * cosf(p), -sinf(p));
    Vec3 right = vec(cosf(w), -sinf(w), 0);
    Vec3 up = vec_cross(right, camera.forward);
    camera.right = vec_add(vec_scale(right, cosf(r)), vec_scale(up, -sinf(r)));
    camera.up = vec_add(vec_scale(up, cosf(r)), vec_scale(right, sinf(r)));
    camera.focal = 0.5f * (float)width / tanf(0.5f * fov * PI_F / 180);
    return camera;
}

bool camera_project(const Camera *camera, Vec3 point, float *x, float *y, float *depth)
{
    Vec3 d = vec_sub(point, camera->position);
    *depth = vec_dot(d, camera->forward);
    if (*depth < 0.05f)
        return false;
    *x = camera->center_x + camera->focal * vec_dot(d, camera->right) / *depth;
    *y = camera->center_y - camera->focal * vec_dot(d, camera->up) / *depth;
    return true;
}

Vec3 camera_ray(const Camera *camera, float x, float y)
{
    float sx = (x - camera->center_x) / camera->focal, sy = (camera->center_y - y) / camera->focal;
    return vec_add(camera->forward, vec_add(vec_scale(camera->right, sx), vec_scale(camera->up, sy)));
}

bool camera_ground(const Camera *camera, float x, float y, float height, Vec3 *point, float *depth)
{
    Vec3 ray = camera_ray(camera, x, y);
    if (ray.z > -1e-4f)
        return false;
    *depth = (height - camera->position.z) / ray.z;
    *point = vec_add(camera->position, vec_scale(ray, *depth));
    return *depth > 0;
}
