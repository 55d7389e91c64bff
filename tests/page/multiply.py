"""Many captures out of one: multiply.py PACK FOLDER COUNT [FIRST]

Puts COUNT packs beside each other in the evidence folder, with PACK's pictures and record, but at other
times, cameras, plates and grades; the first is FIRST steps of 17 minutes old. Their SHA256SUMS are right; they are not signed.
"""
import datetime
import hashlib
import json
import os
import pathlib
import random
import sys

PLATES = ["晋E12345", "晋E5A882", "豫H77120", "晋E0923挂", "冀D4K518", "陕A91C07", "晋EDA1234", None]
COLOURS = ["yellow", "yellow", "yellow", "yellow", "blue", "yellow", "green", None]
PLACES = {"cam03": ("建设路与神农路口", "由南向北"), "cam07": ("东环路高架下", "由东向西"),
          "cam11": ("207 国道收费站南", "由北向南")}


def changed(record, number, draw):
    """The record as another capture's, `number` steps of 17 minutes ago."""
    camera = draw.choice(sorted(PLACES))
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    moved = now - datetime.timedelta(minutes=17 * number) - \
        datetime.datetime.fromisoformat(record["time"]["peak"])

    def later(text):
        return (datetime.datetime.fromisoformat(text) + moved).isoformat(timespec="milliseconds") if text else text

    record["time"].update({name: later(record["time"][name]) for name in ("start", "peak", "end")})
    record["source"]["clip_start"] = later(record["source"]["clip_start"])
    for file in record["files"]:
        file["time"] = later(file["time"])
    peak = datetime.datetime.fromisoformat(record["time"]["peak"])
    record["id"] = f"{camera}_{peak:%Y%m%dT%H%M%S}.{peak.microsecond // 1000:03d}+0800"
    record["camera"].update(id=camera, lane=draw.choice("12"))
    record["site"].update(name="示例县", place=PLACES[camera][0], direction=PLACES[camera][1], device=f"140581-{camera}")
    opacity = round(draw.uniform(.12, .9), 3)
    measurable = draw.random() > .1
    record["smoke"].update(opacity=opacity, measurable=measurable, model="transmission" if measurable else "none",
                           ringelmann=round(5 * opacity, 2) if measurable else None,
                           uncertainty=round(draw.uniform(.03, .12), 3),
                           confidence=round(draw.uniform(.35, .99), 3), score=round(draw.uniform(.2, .9), 4))
    record["vehicle"]["class"] = draw.choice(["lorry", "lorry", "bus", "van"])
    which = draw.randrange(len(PLATES))
    plate = PLATES[which]
    unsure = draw.choice([None, 4, 5]) if plate else None
    characters = [{"text": one, "confidence": .55 if place == unsure else .97,
                   "alternatives": ["8"] if place == unsure else []} for place, one in enumerate(plate or "")]
    record["plate"].update(text=plate, colour=COLOURS[which], rows=2 if COLOURS[which] == "yellow" else 1,
                           shown=plate and "".join("?" if place == unsure else one for place, one in enumerate(plate)),
                           trailer=bool(plate) and plate.endswith("挂"), confidence=.9 if plate else None,
                           characters=characters)
    record["previous"] = None
    return record


def main():
    pack, folder, many = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    draw = random.Random(first)
    for number in range(first, first + many):
        record = changed(json.loads((pack / "record.json").read_text()), number, draw)
        target = folder / record["time"]["peak"][:10] / record["id"]
        target.mkdir(parents=True)
        text = json.dumps(record, ensure_ascii=False, indent=1)
        (target / "record.json").write_text(text)
        sums = [f"{file['sha256']}  {file['name']}" for file in record["files"]]
        sums.append(f"{hashlib.sha256(text.encode()).hexdigest()}  record.json")
        (target / "SHA256SUMS").write_text("\n".join(sums) + "\n")
        for file in record["files"]:
            os.link(pack / file["name"], target / file["name"])


main()
