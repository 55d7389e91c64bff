#include "app/rate.h"

#include "base/clock.h"

#include <string.h>

#define SLOTS (RATE_SECONDS + 1) // the second that is not over yet does not count

static void move_on(Rate *rate, int64_t second)
{
    if (!rate->first_second)
        rate->first_second = rate->second = second;
    if (second - rate->second >= SLOTS)
        memset(rate->counts, 0, sizeof rate->counts);
    else
        for (int64_t s = rate->second + 1; s <= second; s++)
            rate->counts[s % SLOTS] = 0;
    rate->second = second > rate->second ? second : rate->second;
}

void rate_add(Rate *rate, int64_t now_us, uint32_t count)
{
    move_on(rate, now_us / SECOND_US);
    rate->counts[rate->second % SLOTS] += count;
}

double rate_per_second(Rate *rate, int64_t now_us)
{
    int64_t second = now_us / SECOND_US;
    if (!rate->first_second)
        return 0;
    move_on(rate, second);
    int64_t span = second - rate->first_second;
    span = span < 1 ? 1 : span > RATE_SECONDS ? RATE_SECONDS : span;
    uint64_t sum = 0;
    for (int64_t s = second - span; s < second; s++)
        sum += rate->counts[s % SLOTS];
    return (double)sum / (double)span;
}
