"""Figures of an evaluation: computed into plain dictionaries, printed as tables.

Recall counts the passages of smoking vehicles that leave the camera and are seen long and wide enough (truth.py); captures in
other passages are listed apart and are neither found nor false.
"""
import statistics

TRAIL = ((0.5, 1.0), (1.0, 1.5), (1.5, 2.5), (2.5, None))
VISIBLE = ((1.0, 2.0), (2.0, None))
NOMINAL = ((0.0, 1.0), (1.0, 2.0), (2.0, None), (3.0, None))
CONFIDENCE = ((0.0, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, None))
WIDE = 640  # pixels of the source


def band_name(band):
    return f"{band[0]:g}-{band[1]:g}" if band[1] is not None else f">={band[0]:g}"


def in_band(value, band):
    return value >= band[0] and (band[1] is None or value < band[1])


def share(found, of):
    return {"found": found, "of": of, "share": found / of if of else None}


def recall(passages, key, bands):
    """Per band: found and all, on wide sources, on narrow ones, together."""
    rows = {}
    for band in bands:
        chosen = [p for p in passages if in_band(getattr(p.vehicle, key), band)]
        wide = [p for p in chosen if p.clip.width >= WIDE]
        narrow = [p for p in chosen if p.clip.width < WIDE]
        rows[band_name(band)] = {name: share(sum(p.event is not None for p in group), len(group))
                                 for name, group in (("wide", wide), ("narrow", narrow), ("all", chosen))}
    return rows


def pictured(event):
    """Opacity near the pipe when the record's peak picture was taken: median of five frames; None: not known."""
    frame = round(event.record["source"]["media_time_s"] * event.clip.fps)
    near = [event.vehicle.opacity[f] for f in range(frame - 2, frame + 3) if f in event.vehicle.opacity]
    return statistics.median(near) if near else None


def density(events):
    """Opacity of the captures against the peak that can be seen outside the vehicle's box in its whole passage, against what the
    picture of record shows, and against the nominal grade at the pipe."""
    measured = [e for e in events if e.record["smoke"]["measurable"]]
    errors = [e.record["smoke"]["opacity"] - e.vehicle.visible_grade / 5 for e in measured]
    sizes = [abs(error) for error in errors]
    shown = [abs(e.record["smoke"]["opacity"] - truth) for e in measured if (truth := pictured(e)) is not None]
    nominal = [abs(e.record["smoke"]["opacity"] - e.vehicle.grade / 5) for e in measured]
    widths = [e.record["smoke"]["uncertainty"] for e in measured]
    if not measured:
        return {"captures": len(events), "measured": 0}
    return {
        "captures": len(events), "measured": len(measured),
        "mean_error": statistics.mean(sizes), "bias": statistics.mean(errors), "worst_error": max(sizes),
        "within_10_points": sum(size <= 0.10 for size in sizes) / len(sizes),
        "coverage": sum(size <= width for size, width in zip(sizes, widths)) / len(sizes),
        "median_half_width": statistics.median(widths),
        "mean_error_pictured": statistics.mean(shown) if shown else None,
        "mean_error_nominal": statistics.mean(nominal),
        "within_10_points_nominal": sum(size <= 0.10 for size in nominal) / len(nominal),
    }


def classes(events):
    """How many of the captured vehicles are said to be as large as they are: lorries and buses, or cars and vans."""
    known = [e for e in events if e.vehicle is not None and e.vehicle.large is not None]
    return share(sum((e.record["vehicle"]["class"] == "lorry") == e.vehicle.large for e in known), len(known))


def calibration(events):
    """Per band of the confidence that was said: its mean, and how many of the captures smoked."""
    rows = {}
    for band in CONFIDENCE:
        chosen = [e for e in events if in_band(e.record["smoke"]["confidence"], band)]
        said = [e.record["smoke"]["confidence"] for e in chosen]
        rows[band_name(band)] = {"said": statistics.mean(said) if said else None,
                                 "right": share(sum(not e.false for e in chosen), len(chosen))}
    return rows


def figures(clips, events, passages):
    """The figures of one group of clips."""
    smoking = [p for p in passages if p.vehicle.smokes]
    counted = [p for p in smoking if p.vehicle.counted]
    clean = sum(not p.vehicle.smokes for p in passages)
    false = [e for e in events if e.false]
    listed = [e for e in false if e.vehicle is not None]
    hours = sum(clip.seconds for clip in clips) / 3600
    rest = [p for p in smoking if not p.vehicle.counted]
    return {
        "clips": len(clips), "hours": hours, "passages": len(passages), "clean_passages": clean,
        "smoking": len(smoking), "counted": len(counted), "events": len(events),
        "recall_by_trail": recall(counted, "trail_grade", TRAIL),
        "recall_by_visible": recall(counted, "visible_grade", VISIBLE),
        "recall_by_nominal": recall(counted, "grade", NOMINAL),
        "not_counted": {
            "short_or_small": share(sum(p.event is not None for p in rest if p.vehicle.judged),
                                    sum(p.vehicle.judged for p in rest)),
            "other_direction": share(sum(p.event is not None for p in rest if not p.vehicle.judged),
                                     sum(not p.vehicle.judged for p in rest))},
        "false": len(false), "false_per_hour": len(false) / hours if hours else None,
        "false_on_clean_vehicles": len(listed),
        "false_per_1000_clean": 1000 * len(listed) / clean if clean else None,
        "doubles": sum(e.double and not e.false for e in events),
        "density": density([p.event for p in counted if p.event is not None]),
        "confidence": calibration(events), "class": classes(events),
    }


def summarise(clips, events, passages):
    """{"all": figures, "conditions": {label: figures}}"""
    labels = sorted({clip.condition for clip in clips})

    def of(label, things):
        return [t for t in things if t.clip.condition == label]
    return {"all": figures(clips, events, passages),
            "conditions": {label: figures([c for c in clips if c.condition == label],
                                          of(label, events), of(label, passages)) for label in labels}}


def event_row(event):
    record, vehicle = event.record, event.vehicle
    return {"clip": event.clip.name, "id": record["id"], "time_s": record["source"]["media_time_s"],
            "box": record["vehicle"]["box"], "vehicle": vehicle.id if vehicle else None, "iou": round(event.iou, 3),
            "false": event.false, "double": event.double, "ringelmann": record["smoke"]["ringelmann"],
            "opacity": record["smoke"]["opacity"], "uncertainty": record["smoke"]["uncertainty"],
            "kind": record["smoke"]["kind"], "score": record["smoke"]["score"],
            "threshold": record["baseline"]["threshold"], "confidence": record["smoke"]["confidence"],
            "visible_grade": vehicle.visible_grade if vehicle else None}


def passage_row(passage):
    vehicle = passage.vehicle
    return {"clip": passage.clip.name, "condition": passage.clip.condition, "vehicle": vehicle.id,
            "grade": vehicle.grade, "kind": vehicle.kind, "visible_grade": vehicle.visible_grade,
            "trail_grade": vehicle.trail_grade, "direction": vehicle.direction,
            "seconds": round(vehicle.seconds, 2), "counted": vehicle.counted,
            "event": passage.event.record["id"] if passage.event else None}


# ---- tables -----------------------------------------------------------------

def _cell(value, digits=0, scale=1):
    return "-" if value is None else f"{value * scale:.{digits}f}"


def _share(row):
    return f"{row['found']}/{row['of']}" if row["of"] else "-"


def table(rows):
    """Rows of text as aligned lines; the first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def recall_table(numbers):
    rows = [["recall", f">= {WIDE} px", f"< {WIDE} px", "all", "share"]]
    for key, name in (("trail", "trail"), ("visible", "visible"), ("nominal", "nominal")):
        for band, row in numbers[f"recall_by_{key}"].items():
            rows.append([f"{name} grade {band}", _share(row["wide"]), _share(row["narrow"]), _share(row["all"]),
                         _cell(row["all"]["share"], 0, 100) + (" %" if row["all"]["of"] else "")])
    apart = numbers["not_counted"]
    rows.append(["(short or small)", "", "", _share(apart["short_or_small"]), ""])
    rows.append(["(not leaving)", "", "", _share(apart["other_direction"]), ""])
    return table(rows)


def condition_table(summary):
    rows = [["condition", "clips", "min", "smoking", "nominal>=2", "visible>=2", "false", "per hour", "per 1000",
             "doubles", "error", "worst", "<=10 pt", "covered", "+-", "pictured", "nominal", "<=10 pt", "class"]]
    groups = list(summary["conditions"].items())
    for label, row in groups + ([("all", summary["all"])] if len(groups) != 1 else []):
        opacity = row["density"]
        rows.append([
            label, str(row["clips"]), _cell(row["hours"], 1, 60), str(row["counted"]),
            _share(row["recall_by_nominal"][">=2"]["all"]), _share(row["recall_by_visible"][">=2"]["all"]),
            str(row["false"]), _cell(row["false_per_hour"], 1), _cell(row["false_per_1000_clean"], 1),
            str(row["doubles"]), _cell(opacity.get("mean_error"), 1, 100), _cell(opacity.get("worst_error"), 1, 100),
            _cell(opacity.get("within_10_points"), 0, 100), _cell(opacity.get("coverage"), 0, 100),
            _cell(opacity.get("median_half_width"), 1, 100), _cell(opacity.get("mean_error_pictured"), 1, 100),
            _cell(opacity.get("mean_error_nominal"), 1, 100), _cell(opacity.get("within_10_points_nominal"), 0, 100),
            _share(row["class"])])
    return table(rows)


def confidence_table(numbers):
    rows = [["confidence", "said", "right", "share"]]
    for band, row in numbers["confidence"].items():
        rows.append([band, _cell(row["said"], 0, 100), _share(row["right"]), _cell(row["right"]["share"], 0, 100)])
    return table(rows)


def render(summary):
    """The whole report as text."""
    return (f"{recall_table(summary['all'])}\n\n{confidence_table(summary['all'])}\n\n{condition_table(summary)}\n"
            "error, worst, +-: points of opacity against the visible grade; <=10 pt, covered: percent of captures; pictured: mean "
            "error against what the picture of record shows near the pipe; nominal: against the grade at the pipe; class: captured "
            "vehicles that are as large as is said; said, share: percent of captures that smoked")


def details(events, passages):
    """One line per false capture, double and missed passage: where to look."""
    lines = []
    for event in events:
        if event.false or event.double:
            what = "double" if event.double and not event.false else "false"
            who = f" on clean vehicle {event.vehicle.id}" if event.false and event.vehicle else ""
            lines.append(f"{what:7} {event.clip.name} {event.record['source']['media_time_s']:.2f} s "
                         f"box {event.record['vehicle']['box']} score {event.record['smoke']['score']:.2f}{who}")
    for passage in passages:
        v = passage.vehicle
        if v.smokes and v.counted and passage.event is None:
            lines.append(f"missed  {passage.clip.name} vehicle {v.id} at {min(v.boxes) / passage.clip.fps:.2f} s "
                         f"grade {v.grade:g}, visible {v.visible_grade:.2f}, trail {v.trail_grade:.2f}")
    return "\n".join(lines)
