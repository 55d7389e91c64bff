#include "suite.h"

#include "capture_clip.h"
#include "capture_live.h"
#include "capture_pixels.h"
#include "capture_sets.h"
#include "capture_source.h"
#include "capture_vision.h"

static void clean_up(void)
{
    CU_ASSERT_EQUAL(folder_remove(media_folder, NULL), STATUS_OK);
}

SUITE_MAIN("capture",
    {"test footage in every container", make_containers},
    {"every container: all frames, in order, at their times", every_container},
    {"key frames alone have the same times", keys_alone_have_the_same_times},
    {"seeks are exact", seeks_are_exact},
    {"only footage is footage", only_footage_is_footage},
    {"recorders put junk first", recorders_put_junk_first},
    {"sizes from 16 pixels to the limit", sizes_from_16_pixels_to_the_limit},
    {"truncated files are read as far as they go", truncated_files_are_read_as_far_as_they_go},
    {"damaged files are survived", damaged_files_are_survived},
    {"timeline: stamps missing, twice, back, far on", timeline_heals_stamps},
    {"timeline: coarse stamps are spread", timeline_spreads_coarse_stamps},
    {"timeline: keeps its promises for any stamps", timeline_survives_anything},
    {"clocks set in the middle of a file", clocks_set_in_the_middle},
    {"stamps of 33 bits wrap", stamps_of_33_bits_wrap},
    {"uneven rates keep their times", uneven_rates_keep_their_times},
    {"a size that changes is another format", a_size_that_changes_is_another_format},
    {"shifted packets share their bytes", shifted_packets_share_their_bytes},
    {"the ring keeps whole GOPs within its limits", the_ring_keeps_whole_gops_within_its_limits},
    {"addresses take any password", addresses_take_any_password},
    {"addresses are encoded once", addresses_are_encoded_once},
    {"unusable addresses show nothing", unusable_addresses_show_nothing},
    {"decode stamps are found", decode_stamps_are_found},
    {"decode stamps survive jumps", decode_stamps_survive_jumps},
    {"other parameter sets go with key frames", other_sets_go_with_key_frames},
    {"clocks of cameras are weighed", clocks_of_cameras_are_weighed},
    {"Dahua files are footage", dahua_files_are_footage},
    {"pictures are picked by time", pictures_are_picked_by_time},
    {"clips play from zero", clips_play_from_zero},
    {"clips carry the same packets", clips_carry_the_same_packets},
    {"a growing clip is read as far as it was flushed", a_growing_clip_is_read_as_far_as_it_was_flushed},
    {"previews are small H.264", previews_are_small_h264},
    {"clips keep the rotation", clips_keep_the_rotation},
    {"videos are made of drawings", videos_are_made_of_drawings},
    {"clips that cannot be written leave nothing", clips_that_cannot_be_written_leave_nothing},
    {"pixel formats become 4:2:0", pixel_formats_become_420},
    {"rotation is applied", rotation_is_applied},
    {"interlaced frames lose their combing", interlaced_frames_lose_their_combing},
    {"ranges and matrices agree with swscale", ranges_and_matrices_agree_with_swscale},
    {"JPEGs keep the picture", jpegs_keep_the_picture},
    {"JPEGs carry time and place", jpegs_carry_time_and_place},
    {"drawn JPEGs fit their limit", drawn_jpegs_fit_their_limit},
    {"crops share the planes", crops_share_the_planes},
    {"stills are a sequence", stills_are_a_sequence},
    {"PNG is exact", png_is_exact},
    {"networks run", networks_run}, {"planes are rectified", planes_are_rectified},
    {"clean up", clean_up})
