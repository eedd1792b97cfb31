// Makes a picture fit: small enough for the server, and free of what a camera writes beside it.

export const LIMIT = 512 * 1024;

const SIDE = 1600;
const SMALLEST_SIDE = 200;
const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/**
 * Read a picture file for sending.
 * Returns a Blob of at most LIMIT bytes. Throws an Error whose message is meant for the user.
 */
export async function preparePicture(file) {
  if (!file.type.startsWith("image/")) throw new Error("This is not a picture.");
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error("This picture cannot be read.");
  }
  try {
    // A photograph is always drawn anew: the file may tell where it was taken.
    const asIs = KINDS.includes(file.type) && file.type !== "image/jpeg" && file.size <= LIMIT;
    return asIs ? file : await shrink(bitmap);
  } finally {
    bitmap.close();
  }
}

async function shrink(bitmap) {
  const longest = Math.max(bitmap.width, bitmap.height);
  for (let side = Math.min(SIDE, longest); ; side = Math.floor(side * 0.75)) {
    const blob = await draw(bitmap, side / longest);
    if (blob.size <= LIMIT) return blob;
    if (side < SMALLEST_SIDE) throw new Error("This picture cannot be made small enough.");
  }
}

async function draw(bitmap, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const webp = await encode(canvas, "image/webp");
  if (webp?.type === "image/webp") return webp;
  // No WebP in this browser: JPEG, with white where the picture is transparent.
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const jpeg = await encode(canvas, "image/jpeg");
  if (!jpeg) throw new Error("This picture cannot be read.");
  return jpeg;
}

function encode(canvas, type) {
  return new Promise((resolve) => canvas.toBlob(resolve, type, 0.85));
}
