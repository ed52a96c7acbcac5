use crate::town::{Town, picture};
use ::town::files::{self, MAX_BYTES, Owner, Purpose, Size, Vault};
use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{GenericImageView, ImageFormat};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, FileId, Result};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory};
use std::{io::Cursor, os::unix::fs::PermissionsExt, sync::Arc};
use uuid::Uuid;

const OWNER: Owner = Owner { kind: "report", id: Uuid::from_u128(9) };

async fn keep(town: &Town, vault: &Vault, by: Actor, bytes: Vec<u8>) -> Result<FileId> {
    let mut cx = town.centre.begin(by).await;
    let id = files::keep(&mut cx, vault, bytes, Purpose::Report).await?;
    cx.commit().await?;
    Ok(id)
}

async fn bind(town: &Town, id: FileId) -> Result<()> {
    let mut cx = town.centre.system().await;
    files::bind(&mut cx, &[id], Purpose::Report, OWNER).await?;
    cx.commit().await
}

/// The picture of a phone held upright: turned by a mark, with the time and place it was taken.
fn phone_photo() -> Vec<u8> {
    let ascii = |tag, text: &str| Field { tag, ifd_num: In::PRIMARY, value: Value::Ascii(vec![text.into()]) };
    let angle = |tag, parts: [(u32, u32); 3]| Field {
        tag,
        ifd_num: In::PRIMARY,
        value: Value::Rational(parts.map(|(num, denom)| Rational { num, denom }).to_vec()),
    };
    let fields = [
        Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![6]) },
        ascii(Tag::DateTimeOriginal, "2021:09:25 06:58:12"),
        ascii(Tag::Model, "SecretPhone 9"),
        ascii(Tag::GPSLatitudeRef, "N"),
        angle(Tag::GPSLatitude, [(10, 1), (43, 1), (4656, 100)]),
        ascii(Tag::GPSLongitudeRef, "E"),
        angle(Tag::GPSLongitude, [(106, 1), (42, 1), (1980, 100)]),
    ];
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, false).expect("metadata is written");
    let body = [b"Exif\0\0".as_slice(), &block.into_inner()].concat();
    let length = u16::try_from(body.len() + 2).expect("a short block").to_be_bytes();
    let plain = picture(1600, 1200, ImageFormat::Jpeg);
    [&plain[..2], &[0xFF, 0xE1], &length, &body, &plain[2..]].concat()
}

#[tokio::test]
async fn a_phones_photo_is_stripped_and_its_time_and_place_kept_sealed() {
    let town = Town::new().await;
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::folder(&folder.path().join("files")).unwrap();
    let photo = phone_photo();
    assert!(photo.windows(11).any(|part| part == b"SecretPhone"));
    let id = keep(&town, &vault, Actor::public(), photo).await.unwrap();
    bind(&town, id).await.unwrap();

    let mut cx = town.centre.system().await;
    let (media_type, bytes) = files::read(&mut cx, &vault, OWNER, id, Size::Whole).await.unwrap();
    assert_eq!(media_type, "image/jpeg");
    assert!(!bytes.windows(11).any(|part| part == b"SecretPhone"));
    assert!(exif::Reader::new().read_from_container(&mut Cursor::new(&bytes)).is_err());
    // The mark is gone with the rest, so the picture itself must stand upright.
    assert_eq!(image::load_from_memory(&bytes).unwrap().dimensions(), (1200, 1600));
    let (_, small) = files::read(&mut cx, &vault, OWNER, id, Size::Thumbnail).await.unwrap();
    assert_eq!(image::load_from_memory(&small).unwrap().dimensions(), (480, 640));
    let shot = files::evidence(&mut cx, OWNER, id).await.unwrap();
    assert_eq!(shot.taken_at, Some(date(2021, 9, 25).at(6, 58, 12, 0)));
    let (lat, lon) = shot.taken_where.unwrap();
    assert!((lat - 10.7296).abs() < 1e-5 && (lon - 106.7055).abs() < 1e-5, "{lat} {lon}");
    let mode = std::fs::metadata(folder.path().join("files")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn what_is_not_a_whole_picture_is_refused_with_its_reason() {
    let town = Town::new().await;
    let vault = Vault::over(Arc::new(InMemory::new()));
    let jpeg = picture(640, 480, ImageFormat::Jpeg);
    let png = picture(640, 480, ImageFormat::Png);
    let webp = picture(640, 480, ImageFormat::WebP);
    let cut = |whole: &[u8]| whole[..whole.len() / 2].to_vec();
    let mut damaged = png.clone();
    damaged[200] ^= 0xFF;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let mif1 = b"\0\0\0\x14ftypmif1\0\0\0\0mif1".to_vec();
    let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n".to_vec();
    let mut huge = jpeg.clone();
    huge.resize(10 << 20, 0);
    let refused = [
        (Vec::new(), "error-file-empty"),
        (b"not a picture at all".to_vec(), "error-file-type"),
        (b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "error-file-type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec(), "error-file-type"),
        (b"MZ\x90\0\x03\0\0\0".to_vec(), "error-file-type"),
        (heic, "error-file-heic"),
        (mif1, "error-file-heic"),
        (pdf, "error-file-pdf"),
        (huge, "error-file-too-big"),
        (cut(&jpeg), "error-file-broken"),
        (cut(&png), "error-file-broken"),
        (cut(&webp), "error-file-broken"),
        (damaged, "error-file-broken"),
        (jpeg[..4].to_vec(), "error-file-broken"),
        (claiming(&png, 9_000, 9_000), "error-file-pixels"),
        (claiming(&png, 2_000_000_000, 2), "error-file-pixels"),
        (claiming(&png, 60_000, 1), "error-file-pixels"),
    ];
    for (index, (bytes, key)) in refused.into_iter().enumerate() {
        match keep(&town, &vault, Actor::public(), bytes).await {
            Err(Error::Invalid { field: "file", key: said }) => assert_eq!(said, key, "case {index}"),
            other => panic!("{key}: {other:?}"),
        }
    }
    for whole in [jpeg, png, webp] {
        assert!(whole.len() < MAX_BYTES);
        keep(&town, &vault, Actor::public(), whole).await.unwrap();
    }
}

/// The PNG with another size in its header, its check sum put right.
fn claiming(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut out = png.to_vec();
    out[16..20].copy_from_slice(&width.to_be_bytes());
    out[20..24].copy_from_slice(&height.to_be_bytes());
    let mut crc = u32::MAX;
    for byte in &out[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    out[29..33].copy_from_slice(&(!crc).to_be_bytes());
    out
}

#[tokio::test]
async fn officials_may_send_a_pdf_if_it_is_whole() {
    let town = Town::new().await;
    let vault = Vault::over(Arc::new(InMemory::new()));
    let clerk = || Actor::staff(town.clerk, Vec::new());
    let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n".to_vec();
    let broken = keep(&town, &vault, clerk(), pdf[..20].to_vec()).await;
    assert!(matches!(broken, Err(Error::Invalid { key: "error-file-broken", .. })));
    let id = keep(&town, &vault, clerk(), pdf.clone()).await.unwrap();
    bind(&town, id).await.unwrap();
    let mut cx = town.centre.system().await;
    let read = files::read(&mut cx, &vault, OWNER, id, Size::Whole).await.unwrap();
    assert_eq!(read, ("application/pdf".to_owned(), pdf));
    let none = files::read(&mut cx, &vault, OWNER, id, Size::Thumbnail).await;
    assert!(matches!(none, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_file_is_read_only_through_its_one_owner_and_only_as_it_was_kept() {
    let town = Town::new().await;
    let objects = Arc::new(InMemory::new());
    let vault = Vault::over(objects.clone());
    let id = keep(&town, &vault, Actor::public(), picture(40, 30, ImageFormat::Png)).await.unwrap();
    let mut cx = town.centre.system().await;
    let unbound = files::read(&mut cx, &vault, OWNER, id, Size::Whole).await;
    assert!(matches!(unbound, Err(Error::NotFound)));
    drop(cx);
    bind(&town, id).await.unwrap();
    assert!(matches!(bind(&town, id).await, Err(Error::Conflict("error-file-gone"))));
    let mut cx = town.centre.system().await;
    let other = Owner { id: Uuid::from_u128(10), ..OWNER };
    assert!(matches!(files::read(&mut cx, &vault, other, id, Size::Whole).await, Err(Error::NotFound)));
    files::read(&mut cx, &vault, OWNER, id, Size::Whole).await.unwrap();
    let name = id.to_string();
    let place = format!("{}/{}/{name}", town.centre.id(), &name[name.len() - 2..]).into();
    objects.get(&place).await.unwrap();
    objects.put(&place, b"something else".as_slice().into()).await.unwrap();
    let altered = files::read(&mut cx, &vault, OWNER, id, Size::Whole).await;
    assert!(matches!(altered, Err(Error::Internal(_))));
}

#[tokio::test]
async fn the_sweep_takes_what_nobody_claimed_and_what_was_erased() {
    let town = Town::new().await;
    let objects = Arc::new(InMemory::new());
    let vault = Vault::over(objects.clone());
    let small = || picture(40, 30, ImageFormat::Jpeg);
    let claimed = keep(&town, &vault, Actor::public(), small()).await.unwrap();
    let erased = keep(&town, &vault, Actor::public(), small()).await.unwrap();
    keep(&town, &vault, Actor::public(), small()).await.unwrap();
    // This one's transaction never commits.
    let mut cx = town.centre.begin(Actor::public()).await;
    files::keep(&mut cx, &vault, small(), Purpose::Report).await.unwrap();
    cx.rollback().await.unwrap();
    bind(&town, claimed).await.unwrap();
    bind(&town, erased).await.unwrap();

    let sweep = async || {
        let mut cx = town.centre.system().await;
        let count = files::sweep(&mut cx, &vault).await.unwrap();
        cx.commit().await.unwrap();
        count
    };
    assert_eq!(sweep().await, 0);
    town.centre.advance(SignedDuration::from_hours(25)).await;
    assert_eq!(sweep().await, 2);
    let mut cx = town.centre.system().await;
    assert_eq!(files::erase(&mut cx, &[erased], "moderation").await.unwrap(), 1);
    cx.commit().await.unwrap();
    assert_eq!(sweep().await, 1);
    let mut cx = town.centre.system().await;
    files::read(&mut cx, &vault, OWNER, claimed, Size::Whole).await.unwrap();
    assert!(matches!(files::read(&mut cx, &vault, OWNER, erased, Size::Whole).await, Err(Error::NotFound)));
    let left = objects.list_with_delimiter(Some(&town.centre.id().to_string().into())).await.unwrap();
    assert_eq!(left.common_prefixes.len(), 1);
}
