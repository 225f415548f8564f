// Draws many round points into a canvas: with WebGL where the machine has it in hardware, else in software.
import { pixel_of, type Pixel } from "../palette";

/** Points of one plot. Arrays are replaced, never changed, so that a painter may keep copies by identity. */
export interface Scene {
  x: Float32Array; // NaN: the point is not drawn
  y: Float32Array;
  pixels: Uint32Array; // colour per point
  order: Uint32Array; // drawing order; the first `n_behind` are drawn fainter and smaller
  n_behind: number;
}

/** From data to device pixels: px = width / 2 + (x - centre_x) * scale, and y upwards. */
export interface Camera {
  width: number;
  height: number;
  centre_x: number;
  centre_y: number;
  scale: number;
  radius: number; // of a point, in device pixels
  opacity: number;
  background: string;
}

export interface Painter {
  readonly name: "webgl" | "canvas";
  /** Draws the last `limit` points of the order (all by default). */
  paint(target: CanvasRenderingContext2D, scene: Scene, camera: Camera, limit?: number): void;
  /** Forgets what it keeps of a scene that is shown no more. */
  forget(scene: Scene): void;
}

export const BEHIND_OPACITY = 0.55;
export const BEHIND_RADIUS = 0.8;

const VERTEX = `#version 300 es
in vec2 place; in vec4 colour; uniform vec2 centre, scale; uniform float diameter; out vec4 tint;
void main() {
  gl_Position = vec4((place - centre) * scale, 0.0, 1.0);
  gl_PointSize = diameter + 1.0;
  tint = colour;
}`;
const FRAGMENT = `#version 300 es
precision highp float; in vec4 tint; uniform float diameter, opacity; out vec4 result;
void main() {
  float away = length(gl_PointCoord - 0.5) * (diameter + 1.0);
  float cover = clamp(0.5 * diameter + 0.5 - away, 0.0, 1.0) * opacity;
  if (cover <= 0.0) discard;
  result = vec4(tint.rgb * cover, cover);
}`;

interface SceneBuffers {
  place: WebGLBuffer;
  colour: WebGLBuffer;
  order: WebGLBuffer;
  pixels: Uint32Array | null;
  indices: Uint32Array | null;
}

/** What draws: some browsers say so at once, others by an extension only. */
function device_of(gl: WebGL2RenderingContext): string {
  const name = String(gl.getParameter(gl.RENDERER));
  if (!/^webkit webgl$/i.test(name)) return name;
  const details = gl.getExtension("WEBGL_debug_renderer_info");
  return details ? String(gl.getParameter(details.UNMASKED_RENDERER_WEBGL)) : name;
}

/** One WebGL context for all plots (browsers allow few); each plot is drawn in it and copied to its own canvas. */
class WebglPainter implements Painter {
  readonly name = "webgl";
  private readonly canvas = document.createElement("canvas");
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly scenes = new Map<Float32Array, SceneBuffers>();

  constructor(even_if_slow: boolean, on_lost: () => void) {
    const gl = this.canvas.getContext("webgl2", {
      alpha: false,
      antialias: false,
      depth: false,
      failIfMajorPerformanceCaveat: !even_if_slow,
      powerPreference: "high-performance",
    });
    if (!gl) throw new Error("no WebGL 2");
    if (!even_if_slow && /swiftshader|llvmpipe|software|basic render/i.test(device_of(gl))) throw new Error("WebGL is emulated");
    this.gl = gl;
    this.program = gl.createProgram()!;
    for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
      const shader = gl.createShader(type)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.bindAttribLocation(this.program, 0, "place");
    gl.bindAttribLocation(this.program, 1, "colour");
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error("WebGL program does not link");
    this.canvas.addEventListener("webglcontextlost", on_lost);
  }

  paint(target: CanvasRenderingContext2D, scene: Scene, camera: Camera, limit = Infinity): void {
    const { gl, canvas, program } = this;
    if (canvas.width < camera.width) canvas.width = camera.width;
    if (canvas.height < camera.height) canvas.height = camera.height;
    gl.viewport(0, 0, camera.width, camera.height);
    const ground = parseInt(camera.background.slice(1), 16);
    gl.clearColor((ground >> 16) / 255, ((ground >> 8) & 255) / 255, (ground & 255) / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.bind(scene);
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniform2f(gl.getUniformLocation(program, "centre"), camera.centre_x, camera.centre_y);
    gl.uniform2f(
      gl.getUniformLocation(program, "scale"),
      (2 * camera.scale) / camera.width,
      (2 * camera.scale) / camera.height,
    );
    const draw = (from: number, to: number, radius: number, opacity: number) => {
      const first = Math.max(from, scene.order.length - limit);
      if (to <= first) return;
      gl.uniform1f(gl.getUniformLocation(program, "diameter"), 2 * radius);
      gl.uniform1f(gl.getUniformLocation(program, "opacity"), opacity);
      gl.drawElements(gl.POINTS, to - first, gl.UNSIGNED_INT, 4 * first);
    };
    draw(0, scene.n_behind, camera.radius * BEHIND_RADIUS, camera.opacity * BEHIND_OPACITY);
    draw(scene.n_behind, scene.order.length, camera.radius, camera.opacity);
    const { width, height } = camera;
    target.drawImage(canvas, 0, canvas.height - height, width, height, 0, 0, width, height);
  }

  private bind(scene: Scene): void {
    const { gl } = this;
    let kept = this.scenes.get(scene.x);
    if (!kept) {
      kept = { place: gl.createBuffer()!, colour: gl.createBuffer()!, order: gl.createBuffer()!, pixels: null, indices: null };
      const places = new Float32Array(2 * scene.x.length);
      for (let i = 0; i < scene.x.length; ++i) {
        const missing = Number.isNaN(scene.x[i] + scene.y[i]);
        places[2 * i] = missing ? 1e30 : scene.x[i]; // far outside: clipped
        places[2 * i + 1] = missing ? 1e30 : scene.y[i];
      }
      gl.bindBuffer(gl.ARRAY_BUFFER, kept.place);
      gl.bufferData(gl.ARRAY_BUFFER, places, gl.STATIC_DRAW);
      this.scenes.set(scene.x, kept);
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, kept.place);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, kept.colour);
    if (kept.pixels !== scene.pixels) {
      gl.bufferData(gl.ARRAY_BUFFER, scene.pixels, gl.DYNAMIC_DRAW);
      kept.pixels = scene.pixels;
    }
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, kept.order);
    if (kept.indices !== scene.order) {
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, scene.order, gl.DYNAMIC_DRAW);
      kept.indices = scene.order;
    }
  }

  forget(scene: Scene): void {
    const kept = this.scenes.get(scene.x);
    if (!kept) return;
    for (const buffer of [kept.place, kept.colour, kept.order]) this.gl.deleteBuffer(buffer);
    this.scenes.delete(scene.x);
  }
}

/** Discs blended straight into the pixels of an image: faster than canvas arcs by a factor of fifty. */
class SoftwarePainter implements Painter {
  readonly name = "canvas";
  private image: ImageData | null = null;

  paint(target: CanvasRenderingContext2D, scene: Scene, camera: Camera, limit = Infinity): void {
    const { width, height } = camera;
    if (!this.image || this.image.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
    }
    const image = new Uint32Array(this.image.data.buffer);
    image.fill(pixel_of(camera.background));
    const total = scene.order.length;
    const first = Math.max(0, total - limit);
    const behind = Math.min(Math.max(scene.n_behind, first), total);
    discs(image, scene, camera, first, behind, camera.radius * BEHIND_RADIUS, camera.opacity * BEHIND_OPACITY);
    discs(image, scene, camera, behind, total, camera.radius, camera.opacity);
    target.putImageData(this.image, 0, 0);
  }

  forget(): void {}
}

/** Rows of a disc: for each line, its reach to either side; the rim pixel is half covered. */
function disc_mask(radius: number): { reach: number; cover: Uint8Array } {
  const reach = Math.max(0, Math.ceil(radius - 0.5));
  const side = 2 * reach + 1;
  const cover = new Uint8Array(side * side);
  for (let dy = -reach; dy <= reach; ++dy) {
    for (let dx = -reach; dx <= reach; ++dx) {
      const share = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
      cover[(dy + reach) * side + dx + reach] = Math.round(255 * share);
    }
  }
  return { reach, cover };
}

function discs(image: Uint32Array, scene: Scene, camera: Camera, from: number, to: number, radius: number, opacity: number) {
  const { width, height } = camera;
  const { reach, cover } = disc_mask(radius);
  const side = 2 * reach + 1;
  const weights = cover.map((share) => Math.round(share * opacity));
  for (let k = from; k < to; ++k) {
    const i = scene.order[k];
    const cx = Math.round(width / 2 + (scene.x[i] - camera.centre_x) * camera.scale - 0.5);
    const cy = Math.round(height / 2 - (scene.y[i] - camera.centre_y) * camera.scale - 0.5);
    if (!(cx >= -reach && cx < width + reach && cy >= -reach && cy < height + reach)) continue; // also NaN
    const colour: Pixel = scene.pixels[i];
    const red_blue = colour & 0xff00ff;
    const green = colour & 0x00ff00;
    const x0 = Math.max(0, cx - reach);
    const x1 = Math.min(width - 1, cx + reach);
    for (let y = Math.max(0, cy - reach); y <= Math.min(height - 1, cy + reach); ++y) {
      let weight_at = (y - cy + reach) * side + x0 - cx + reach;
      for (let p = y * width + x0; p <= y * width + x1; ++p, ++weight_at) {
        const w = weights[weight_at];
        if (w === 0) continue;
        const under = image[p];
        const keep = 256 - w;
        const rb = ((red_blue * w + (under & 0xff00ff) * keep) >>> 8) & 0xff00ff;
        const g = ((green * w + (under & 0x00ff00) * keep) >>> 8) & 0x00ff00;
        image[p] = (0xff000000 | rb | g) >>> 0;
      }
    }
  }
}

/** The fastest painter here. `#renderer=canvas` or `#renderer=webgl` in the address asks for one of the two. */
export function make_painter(on_lost: (replacement: Painter) => void): Painter {
  const wish = /renderer=(webgl|canvas)/.exec(location.hash)?.[1];
  if (wish !== "canvas") {
    try {
      return new WebglPainter(wish === "webgl", () => on_lost(new SoftwarePainter()));
    } catch {
      // no WebGL, or only an emulation that is slower than the painter below
    }
  }
  return new SoftwarePainter();
}
