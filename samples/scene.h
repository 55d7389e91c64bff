// What is to be drawn: camera, road, weather, vehicles. Plain values; everything random in it follows from `seed`.
#ifndef HEIYAN_SAMPLES_SCENE_H
#define HEIYAN_SAMPLES_SCENE_H

#include "base/error.h"
#include "vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SCENE_MAX_VEHICLES 256
#define SCENE_MAX_LANES 10

typedef enum VehicleKind {
    KIND_CAR, KIND_SUV, KIND_VAN, KIND_PICKUP, KIND_BOX, KIND_FLATBED, KIND_TIPPER, KIND_MIXER, KIND_SEMI, KIND_BUS, KIND_COUNT,
} VehicleKind;

typedef enum PlumeKind { PLUME_NONE, PLUME_BLACK, PLUME_WHITE, PLUME_DUST, PLUME_SPRAY } PlumeKind;

typedef struct SceneVehicle {
    VehicleKind kind;
    int lane;           // index into the lanes, 0 = the receding lane nearest the middle; negative: approaching, -1 nearest the middle
    float start;        // seconds: when the rear (receding) or front (approaching) passes y = 0, below the camera
    float speed;        // km/h
    float stop_at, stop_for; // stop-and-go: halts at this distance in metres for so long; stop_for 0: never
    float grade;        // Ringelmann right behind the pipe, 0..5
    PlumeKind plume;    // what comes out when grade > 0
    Color color;
    float dirt;
    uint32_t seed;
    char plate[24];     // UTF-8, "" = a random legal one
    char plate_color[8]; // blue, yellow, green, yellowgreen, white; "" = what the class carries
    bool plate_two_rows;
} SceneVehicle;

typedef struct Scene {
    uint64_t seed;
    char condition[64];  // label for the truth file: day, night, wet ...
    // picture
    int width, height;
    float fps, seconds;
    char codec[8];       // h264, h265, mjpeg, mpeg4
    char preset[16];
    int crf, bitrate, gop, bframes; // bitrate in kbit/s; 0: use crf
    bool full_range;
    // camera
    float camera_height, camera_pitch, camera_yaw, camera_roll, camera_fov, camera_x, camera_y;
    float shake;         // pixels rms at 1280 wide
    float shake_hz;
    // road
    int lanes, lanes_back; // receding, approaching
    float lane_width, median, shoulder, curve; // metres; curve = 1/radius
    float asphalt;       // albedo 0.06 .. 0.2
    float wear;          // 0 new .. 1 broken
    float wet;           // 0 dry .. 1 standing water
    int roadside;        // 0 bare, 1 hedge and trees, 2 rail and grass, 3 noise barrier, 4 fields
    float greenery;      // 0..1
    // light
    float sun_azimuth, sun_elevation; // degrees; azimuth clockwise from the direction of travel
    float sun;           // share of the light that comes from the sun, 0 overcast .. 0.85 clear
    float haze;          // softness of shadows 0..1
    float light;         // overall, 1 = day; 0.003 night without lamps
    float lamps;         // street lamps 0..1
    bool headlights;
    float fog;           // extinction per metre
    float cloud_speed;   // m/s of a moving cloud edge, 0 = none
    float wind_x, wind_y; // m/s
    float sway;          // how much tree shadows move, metres
    // weather
    float rain;          // 0..1
    float spray;
    // sensor
    float exposure;      // 1 = well exposed
    float exposure_step; // factor of a sudden auto-exposure jump
    float exposure_at;   // seconds, negative: none
    float exposure_drift; // +- fraction
    float contrast;      // tone curve: 1 = BT.709
    float tone_drift;    // slow change of contrast, +- fraction
    float noise;         // sigma at mid grey, in 8-bit steps
    float sharpen;
    float vignette;
    float blur;          // lens softness, pixels
    char place[96];      // text in the picture, UTF-8
    char when[32];       // "2026-11-23 08:15:00", Beijing time at the first frame
    // smoke
    float airlight;      // K of black smoke
    SceneVehicle vehicles[SCENE_MAX_VEHICLES];
    int vehicle_count;
} Scene;

// A dry day, two lanes each way, no vehicles.
void scene_default(Scene *scene);
// Reads "key = value" lines and "vehicle = class=box lane=1 start=2 speed=45 grade=3" lines over what is there.
// STATUS_ARGUMENT names file, line and key.
Status scene_read(Scene *scene, const char *path, Error *error);
// One assignment, as from the command line.
Status scene_set(Scene *scene, const char *key, const char *value, Error *error);
void scene_write(const Scene *scene, FILE *out); // the same format
void scene_keys(FILE *out);                      // every key with its meaning

// A plausible random scene; the conditions are those of scene_conditions, STATUS_ARGUMENT lists them when the name is unknown.
// grade: of every smoking vehicle, 0: none smokes, negative: as the seed falls.
Status scene_random(Scene *scene, const char *condition, uint64_t seed, float seconds, int width, int height, float grade, Error *error);
const char *const *scene_conditions(void); // NULL-terminated

const char *vehicle_kind_name(VehicleKind kind);  // the renderer's name: box, tipper ...
const char *vehicle_class_name(VehicleKind kind); // the record's: car van lorry bus
const char *plume_kind_name(PlumeKind kind);      // black white dust none

#endif
