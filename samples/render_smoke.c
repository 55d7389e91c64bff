// Plumes: puffs onto a coarse grid of optical depths, the grid onto the picture.
#include "render_private.h"
#include "truth.h"

#include <stdlib.h>
#include <string.h>

// Soot takes more of the blue than of the red.
static const float spectrum[PLUME_GROUPS][3] = {{0.92f, 1, 1.08f}, {1, 1, 1}, {0.97f, 1, 1.04f}};

static int group_of(PlumeKind kind)
{
    return kind == PLUME_BLACK ? 0 : kind == PLUME_WHITE || kind == PLUME_SPRAY ? 1 : 2;
}

bool actor_at(void *context, float time, Vec3 *pipe, Vec3 *velocity)
{
    const ActorScene *a = context;
    const Actor *actor = &a->renderer->actors[a->index];
    Pose pose = traffic_pose(&a->renderer->scene, &a->renderer->scene.vehicles[a->index], actor->model.length, time);
    if (pose.rear.y < -25 || pose.rear.y > 220)
        return false;
    Vec3 local = actor->model.pipe;
    if (a->wheels) {
        Rng rng = rng_make((uint64_t)lrintf(time * 1000), (uint64_t)a->index);
        local = vec(rng_range(&rng, -0.5f, 0.5f) * actor->model.width, rng_range(&rng, 0, 2), rng_range(&rng, 0.1f, 0.4f));
    }
    *pipe = pose_point(&pose, local);
    *velocity = vec(sinf(pose.heading) * pose.speed, cosf(pose.heading) * pose.speed, 0);
    return true;
}

static void add_puff(Renderer *r, Actor *actor, const Puff *puff, bool mist)
{
    float x, y, depth;
    if (!camera_project(&r->camera, puff->center, &x, &y, &depth) || depth < 1)
        return;
    float scale = r->camera.focal / depth / (float)r->grid, sigma = fmaxf(puff->sigma * scale, 0.6f);
    float peak = puff->mass * scale * scale / (2 * PI_F * sigma * sigma);
    x = (x + 0.5f) / (float)r->grid - 0.5f;
    y = (y + 0.5f) / (float)r->grid - 0.5f;
    plume_splat(r->haze.depth[mist ? 1 : group_of(actor->plume.kind)], r->columns, r->rows, &r->haze.touched, x, y, sigma, peak);
    if (!mist)
        plume_splat(actor->own, r->columns, r->rows, &actor->touched, x, y, sigma, peak);
}

static bool from_wheels(PlumeKind kind)
{
    return kind == PLUME_DUST || kind == PLUME_SPRAY;
}

void haze_begin(Renderer *r, float time)
{
    for (int i = 0; i < r->scene.vehicle_count; i++) {
        Actor *actor = &r->actors[i];
        actor->puff_count = actor->mist_first = 0;
        if (actor->smokes && r->with_smoke) {
            ActorScene context = {r, i, from_wheels(actor->plume.kind)};
            actor->puff_count = plume_puffs(&actor->plume, &(PlumeSource){&context, actor_at}, time, actor->puffs, MAX_PUFFS);
        }
        actor->mist_first = actor->puff_count;
        if (actor->sprays && actor->shown) {
            ActorScene context = {r, i, true};
            actor->puff_count += plume_puffs(&actor->mist, &(PlumeSource){&context, actor_at}, time, actor->puffs + actor->puff_count,
                                             MAX_PUFFS - actor->puff_count);
        }
    }
}

void haze_add(Renderer *r, float near_y, float far_y)
{
    for (int i = 0; i < r->scene.vehicle_count; i++) {
        Actor *actor = &r->actors[i];
        for (int k = 0; k < actor->puff_count; k++)
            if (actor->puffs[k].center.y >= near_y && actor->puffs[k].center.y < far_y)
                add_puff(r, actor, &actor->puffs[k], k >= actor->mist_first);
    }
}

static void weigh_row(const Renderer *r, const float *grid, int y, int x0, int x1, float *out)
{
    float v = ((float)y + 0.5f) / (float)r->grid - 0.5f;
    int j = (int)floorf(v);
    float fy = v - (float)j;
    int j0 = j < 0 ? 0 : j, j1 = j + 1 >= r->rows ? r->rows - 1 : j + 1;
    const float *a = grid + (size_t)j0 * (size_t)r->columns, *b = grid + (size_t)j1 * (size_t)r->columns;
    for (int x = x0; x < x1; x++) {
        float u = ((float)x + 0.5f) / (float)r->grid - 0.5f;
        int i = (int)floorf(u);
        float fx = u - (float)i;
        int i0 = i < 0 ? 0 : i, i1 = i + 1 >= r->columns ? r->columns - 1 : i + 1;
        out[x - x0] = mixf(mixf(a[i0], a[i1], fx), mixf(b[i0], b[i1], fx), fy);
    }
}

static void apply_row(Renderer *r, int y, int x0, int x1, float *const tau[PLUME_GROUPS])
{
    size_t at = (size_t)y * (size_t)r->width;
    for (int x = x0; x < x1; x++) {
        float part[PLUME_GROUPS], sum = 0;
        for (int g = 0; g < PLUME_GROUPS; g++)
            sum += part[g] = tau[g] ? tau[g][x - x0] : 0;
        if (sum < 5e-4f)
            continue;
        size_t p = at + (size_t)x;
        for (int c = 0; c < 3; c++) {
            float depth = 0, light = 0;
            for (int g = 0; g < PLUME_GROUPS; g++) {
                const float *source = &r->source[g].r;
                depth += part[g] * spectrum[g][c];
                light += part[g] * spectrum[g][c] * source[c];
            }
            float t = expf(-depth), veil = light / depth * (1 - t);
            r->color[c][p] = r->color[c][p] * t + veil;
            if (c == 1) {
                r->clear[p] *= t;
                r->veil[p] = r->veil[p] * t + veil;
            }
        }
    }
}

void haze_apply(Renderer *r)
{
    Haze *haze = &r->haze;
    Touched *h = &haze->touched;
    if (h->x1 <= h->x0 || h->y1 <= h->y0)
        return;
    int x0 = (h->x0 - 1) * r->grid, x1 = (h->x1 + 1) * r->grid, y0 = (h->y0 - 1) * r->grid, y1 = (h->y1 + 1) * r->grid;
    x0 = x0 < 0 ? 0 : x0;
    y0 = y0 < 0 ? 0 : y0;
    x1 = x1 > r->width ? r->width : x1;
    y1 = y1 > r->height ? r->height : y1;
    float *row[PLUME_GROUPS] = {NULL};
    bool used[PLUME_GROUPS] = {false};
    for (int i = 0; i < r->scene.vehicle_count; i++)
    {
        used[1] |= r->actors[i].sprays;
        if (r->actors[i].smokes)
            used[group_of(r->actors[i].plume.kind)] = true;
    }
    for (int g = 0; g < PLUME_GROUPS; g++)
        if (used[g])
            row[g] = malloc(sizeof(float) * (size_t)(x1 - x0));
    for (int y = y0; y < y1; y++) {
        for (int g = 0; g < PLUME_GROUPS; g++)
            if (row[g])
                weigh_row(r, haze->depth[g], y, x0, x1, row[g]);
        apply_row(r, y, x0, x1, row);
    }
    for (int g = 0; g < PLUME_GROUPS; g++) {
        free(row[g]);
        for (int y = h->y0; used[g] && y < h->y1; y++)
            memset(haze->depth[g] + (size_t)y * (size_t)r->columns + h->x0, 0, sizeof(float) * (size_t)(h->x1 - h->x0));
    }
    *h = (Touched){r->columns, r->rows, 0, 0};
}

void haze_truth(Renderer *r)
{
    for (int i = 0; i < r->scene.vehicle_count; i++)
        if (r->actors[i].smokes) {
            Actor *actor = &r->actors[i];
            truth_measure(actor->own, r->columns, r->grid, (float)r->margin, actor->touched, r->frame.width, r->frame.height,
                          &r->frame.vehicles[i]);
            actor->touched = (Touched){r->columns, r->rows, 0, 0};
        }
}

static float depth_along(const Vec3 from, Vec3 to, const Puff *puffs, int count)
{
    Vec3 ray = vec_unit(vec_sub(to, from));
    float sum = 0;
    for (int i = 0; i < count; i++) {
        Vec3 d = vec_sub(puffs[i].center, from);
        float along = vec_dot(d, ray), far2 = vec_dot(d, d) - along * along, s2 = puffs[i].sigma * puffs[i].sigma;
        if (far2 < 9 * s2)
            sum += puffs[i].mass / (2 * PI_F * s2) * expf(-0.5f * far2 / s2);
    }
    return sum;
}

// Mean over a patch half a metre wide, what an observer holds his chart against.
static float depth_of_patch(const Renderer *r, const Pose *pose, Vec3 middle, const Puff *puffs, int count)
{
    float sum = 0;
    for (int k = 0; k < 9; k++) {
        Vec3 q = vec_add(middle, vec((float)(k % 3 - 1) * 0.2f, 0, (float)(k / 3 - 1) * 0.2f));
        sum += depth_along(r->camera.position, pose_point(pose, q), puffs, count);
    }
    return sum / 9;
}

// The strength that makes the densest patch right behind the pipe reach the nominal grade in the denser quarter of the
// moments while the vehicle is well in view.
float plume_calibrate(const Renderer *r, int index)
{
    const SceneVehicle *v = &r->scene.vehicles[index];
    const Actor *actor = &r->actors[index];
    float samples[24];
    int count = 0;
    ActorScene context = {r, index, from_wheels(v->plume)};
    for (int i = 0; i < 24; i++) {
        float y = 7 + 1.6f * (float)i, time = v->start + (v->lane < 0 ? -y : y) * 3.6f / v->speed;
        Pose pose = traffic_pose(&r->scene, v, actor->model.length, time);
        int puffs = plume_puffs(&actor->plume, &(PlumeSource){&context, actor_at}, time, actor->puffs, MAX_PUFFS);
        float best = 0;
        for (int k = 0; k < 45; k++) {
            Vec3 q = vec_add(actor->model.pipe, vec((float)(k % 5 - 2) * 0.25f, 0, (float)(k / 15) * 0.25f - 0.1f));
            q.y = actor->model.pipe_side ? q.y - 0.4f * (float)(k / 5 % 3) : -0.2f - 0.4f * (float)(k / 5 % 3);
            if (actor->model.pipe_side)
                q.x -= 0.4f;
            best = fmaxf(best, depth_of_patch(r, &pose, q, actor->puffs, puffs));
        }
        samples[count++] = best;
    }
    return plume_strength(samples, count, v->grade);
}
