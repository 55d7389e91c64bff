"""Which vehicle of the truth an event accuses.

An event stands at source.media_time_s with the vehicle's box at that moment, or the last box seen when the vehicle has
left by then. It belongs to the vehicle whose boxes of the nearest frames overlap it best, IoU above LEAST_IOU. The event of the
largest overlap is the vehicle's capture; more events of one vehicle are doubles.
"""
import dataclasses

LEAST_IOU = 0.2
NEAR_S = 0.25    # frames this close to the event's time are compared
LATE_S = 4.0     # smoke may be densest this long after the vehicle's last box


@dataclasses.dataclass
class Event:
    clip: object
    record: dict
    vehicle: object = None   # of the truth; None: nothing there
    iou: float = 0.0
    double: bool = False     # not the vehicle's first event

    @property
    def false(self):
        """Accuses a clean vehicle, or none that is known."""
        return self.vehicle is None or not self.vehicle.smokes


@dataclasses.dataclass
class Passage:
    clip: object
    vehicle: object
    event: Event = None      # its capture, if any


def iou(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def near_boxes(vehicle, frame, fps):
    """The vehicle's boxes around a frame, or its last ones when it left shortly before."""
    reach = max(1.0, NEAR_S * fps)
    last = max(vehicle.boxes, default=None)
    if last is None:
        return []
    if last < frame <= last + LATE_S * fps:
        frame = last
    return [box for f, box in vehicle.boxes.items() if abs(f - frame) <= reach]


def overlap(vehicle, record, fps):
    frame = (record["source"]["media_time_s"] or 0) * fps
    return max((iou(box, record["vehicle"]["box"]) for box in near_boxes(vehicle, frame, fps)), default=0.0)


def match_clip(clip, records):
    """([Event per record], [Passage per vehicle of the truth])."""
    events = []
    for record in records:
        event = Event(clip, record)
        for vehicle in clip.vehicles:
            found = overlap(vehicle, record, clip.fps)
            if found > max(LEAST_IOU, event.iou):
                event.vehicle, event.iou = vehicle, found
        events.append(event)
    passages = []
    for vehicle in clip.vehicles:
        own = sorted((e for e in events if e.vehicle is vehicle), key=lambda e: -e.iou)
        for event in own[1:]:
            event.double = True
        passages.append(Passage(clip, vehicle, own[0] if own else None))
    return events, passages
