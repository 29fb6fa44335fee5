// @ts-check
/** What lies below the marks: the operator's GeoJSON, if the server has been given one. */
import { world } from "./projection.js";

/**
 * Paths in the world's square, measured from `origin`: a path keeps single precision, which alone would be off by metres.
 * @typedef {{origin: import("./projection.js").Point, areas: Path2D, ways: Path2D}} Ground
 */

const PATH = "/console/map.geojson";

/** @returns {Promise<Ground | null>} `null` where none is configured */
export async function ground() {
  const answer = await fetch(PATH, { credentials: "same-origin" });
  if (answer.status === 204 || answer.status === 404) return null;
  if (!answer.ok) throw new Error(`GET ${PATH}: HTTP ${answer.status}`);
  return drawn(await answer.json());
}

/** @param {any} geojson a geometry, a feature, or a collection of them @returns {Ground | null} */
export function drawn(geojson) {
  const lines = [...geometries(geojson)];
  const first = lines[0]?.points[0];
  if (!first) return null;
  const origin = world(first[1], first[0]);
  const [areas, ways] = [new Path2D(), new Path2D()];
  for (const { points, closed } of lines) {
    const path = closed ? areas : ways;
    points.forEach(([lng, lat], i) => {
      const { x, y } = world(lat, lng);
      if (i === 0) path.moveTo(x - origin.x, y - origin.y);
      else path.lineTo(x - origin.x, y - origin.y);
    });
    if (closed) path.closePath();
  }
  return { origin, areas, ways };
}

/** @param {any} node @returns {Generator<{points: [number, number][], closed: boolean}>} */
function* geometries(node) {
  if (!node || typeof node !== "object") return;
  for (const feature of node.features ?? []) yield* geometries(feature);
  for (const geometry of node.geometries ?? []) yield* geometries(geometry);
  if (node.geometry) yield* geometries(node.geometry);
  const { type, coordinates } = node;
  if (type === "LineString") yield { points: coordinates, closed: false };
  if (type === "MultiLineString") for (const points of coordinates) yield { points, closed: false };
  if (type === "Polygon") for (const points of coordinates) yield { points, closed: true };
  if (type === "MultiPolygon") for (const polygon of coordinates) for (const points of polygon) yield { points, closed: true };
}
