//! Images: decoded within their bounds, turned upright, and written anew, so that nothing of a camera, a place, a thumbnail or an
//! archive behind the image is kept. Colour profiles go as well.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{PngDecoder, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits};

use super::model::UploadRefusal;

/// Of a JPEG that is written anew: what the eye does not tell from the original.
const QUALITY: u8 = 90;
/// Bytes of a pixel: four channels of 8 bits; an image of 16 bits may have half as many pixels.
const PIXEL: u64 = 4;
/// Bytes that a decoder may have beside the image.
const BESIDE: u64 = 32 * 1024 * 1024;

fn limits(pixels: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels * PIXEL + BESIDE);
    limits
}

fn refused(error: ImageError) -> UploadRefusal {
    if matches!(error, ImageError::Limits(_)) { UploadRefusal::TooManyPixels } else { UploadRefusal::Damaged }
}

pub fn jpeg(content: &[u8], pixels: u64) -> Result<Vec<u8>, UploadRefusal> {
    if !ends(content) {
        return Err(UploadRefusal::Damaged);
    }
    let decoder = JpegDecoder::new(Cursor::new(content)).map_err(refused)?;
    let image = decoded(decoder, pixels)?;
    let grey = !image.color().has_color();
    let image = if grey { DynamicImage::from(image.into_luma8()) } else { DynamicImage::from(image.into_rgb8()) };
    let mut written = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut written, QUALITY);
    image.write_with_encoder(encoder).map_err(refused)?;
    Ok(written)
}

pub fn png(content: &[u8], pixels: u64) -> Result<Vec<u8>, UploadRefusal> {
    let decoder = PngDecoder::with_limits(Cursor::new(content), limits(pixels)).map_err(refused)?;
    let image = decoded(decoder, pixels)?;
    let mut written = Vec::new();
    image.write_with_encoder(PngEncoder::new(&mut written)).map_err(refused)?;
    Ok(written)
}

/// The image upright. Its size is looked at before the first pixel, since `from_decoder` does not ask the limits.
fn decoded(mut decoder: impl ImageDecoder, pixels: u64) -> Result<DynamicImage, UploadRefusal> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > pixels || decoder.total_bytes() > pixels * PIXEL {
        return Err(UploadRefusal::TooManyPixels);
    }
    decoder.set_limits(limits(pixels)).map_err(refused)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Whether the scan of a JPEG comes to its end: the decoder paints what is missing grey.
fn ends(content: &[u8]) -> bool {
    let mut at = 2;
    // Segments behind their lengths, up to the first scan; what looks like an end within them is a thumbnail's.
    while let Some([0xff, marker, high, low]) = content.get(at..at + 4) {
        if *marker == 0xff {
            at += 1;
            continue;
        }
        if *marker == 0xda {
            return content[at..].windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
        at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    false
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn drawn() -> DynamicImage {
        DynamicImage::from(RgbImage::from_fn(40, 20, |x, y| image::Rgb([(x * 6) as u8, (y * 12) as u8, 90])))
    }

    fn as_jpeg() -> Vec<u8> {
        let mut written = Vec::new();
        drawn().write_with_encoder(JpegEncoder::new_with_quality(&mut written, 95)).unwrap();
        written
    }

    /// An EXIF segment that says to turn the image by a quarter.
    fn turned(jpeg: &[u8]) -> Vec<u8> {
        let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut segment = b"Exif\0\0".to_vec();
        segment.extend_from_slice(tiff);
        let mut whole = jpeg[..2].to_vec();
        whole.extend_from_slice(&[0xff, 0xe1]);
        whole.extend_from_slice(&((segment.len() + 2) as u16).to_be_bytes());
        whole.extend_from_slice(&segment);
        whole.extend_from_slice(&jpeg[2..]);
        whole
    }

    #[test]
    fn an_image_is_turned_and_keeps_nothing_of_its_camera_or_of_what_stands_behind_it() {
        let mut sent = turned(&as_jpeg());
        sent.extend_from_slice(b"PK\x03\x04 an archive");
        let kept = jpeg(&sent, 1_000_000).unwrap();
        let shown = image::load_from_memory(&kept).unwrap();
        assert_eq!((shown.width(), shown.height()), (20, 40));
        for gone in [b"Exif".as_slice(), b"PK\x03\x04"] {
            assert!(!kept.windows(gone.len()).any(|some| some == gone));
        }
    }

    #[test]
    fn what_is_cut_off_is_refused_wherever_that_is() {
        let whole = as_jpeg();
        for length in 3..whole.len() - 1 {
            assert_eq!(jpeg(&whole[..length], 1_000_000), Err(UploadRefusal::Damaged), "{length} of {}", whole.len());
        }
        let mut whole = Vec::new();
        drawn().write_with_encoder(PngEncoder::new(&mut whole)).unwrap();
        assert_eq!(png(&whole[..whole.len() / 2], 1_000_000), Err(UploadRefusal::Damaged));
        let mut changed = whole.clone();
        changed[40] ^= 0xff;
        assert_eq!(png(&changed, 1_000_000), Err(UploadRefusal::Damaged));
    }

    #[test]
    fn an_image_with_too_many_pixels_is_not_decoded() {
        assert_eq!(jpeg(&as_jpeg(), 799), Err(UploadRefusal::TooManyPixels));
        assert!(jpeg(&as_jpeg(), 800).is_ok());
    }
}
