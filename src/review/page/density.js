// Turns density.png into a layer that can lie over the panorama: the colours of its scale stay,
// clear road and unmeasured vehicles become transparent.

// The scale's colours by opacity, as the picture was drawn.
const CLEAR = [0.8, 0.84, 0.86];
const YELLOW = [1.0, 0.9, 0.35];
const VEHICLE = [0.55, 0.62, 0.7];

function distance(r, g, b, colour) {
    return Math.hypot(r / 255 - colour[0], g / 255 - colour[1], b / 255 - colour[2]);
}

// Opaqueness of the layer for one colour: 0 on clear road, rising to 1 at 20 % opacity.
function cover(r, g, b) {
    if (distance(r, g, b, VEHICLE) < 0.03) return 0;
    const clear = distance(r, g, b, CLEAR);
    const whole = Math.hypot(...CLEAR.map((value, i) => value - YELLOW[i]));
    return Math.min(1, clear / whole);
}

// map: {"area": [x, y, w, h] in the panorama, "pixels": [w, h] of the picture's map part}
export function densityLayer(image, map) {
    const [width, height] = map.pixels;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    canvas.className = 'density';
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.drawImage(image, 0, 0, width, height, 0, 0, width, height);
    const picture = context.getImageData(0, 0, width, height);
    const data = picture.data;
    const known = new Map(); // few colours, many pixels
    for (let i = 0; i < data.length; i += 4) {
        const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
        let alpha = known.get(colour);
        if (alpha === undefined) {
            alpha = Math.round(255 * cover(data[i], data[i + 1], data[i + 2]));
            known.set(colour, alpha);
        }
        data[i + 3] = alpha;
    }
    context.putImageData(picture, 0, 0);
    const [x, y, w, h] = map.area;
    canvas.style.left = `${x}px`;
    canvas.style.top = `${y}px`;
    canvas.style.width = `${w}px`;
    canvas.style.height = `${h}px`;
    return canvas;
}
