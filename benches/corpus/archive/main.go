// Archive packs, unpacks, hashes and encrypts data in many formats.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/lzw"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/ascii85"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"hash/fnv"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"log"
	"math/rand"
	"strings"

	"corpus/internal/record"
)

func main() {
	record.Main(func(number int) {
		data := text(number)
		jobs := []func([]byte, int){tarred, zipped, deflated, coded, hashed, sealed, pictures, shrunk}
		jobs[number%len(jobs)](data, number)
	})
}

// Text is prose whose words and their order depend on a number.
func text(number int) []byte {
	dice := rand.New(rand.NewSource(int64(number)))
	words := strings.Fields(strings.Repeat("the quick brown fox jumps over a lazy dog ", 3) +
		"profile sample stack frame series selector tree diff self total")
	var out strings.Builder
	for out.Len() < 96<<10 {
		switch dice.Intn(20) {
		case 0:
			fmt.Fprintf(&out, "%d: %x\n", dice.Int(), dice.Int63())
		default:
			out.WriteString(words[dice.Intn(len(words))])
			out.WriteByte(' ')
		}
	}
	return []byte(out.String())
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func tarred(data []byte, number int) {
	var packed bytes.Buffer
	outer := must(gzip.NewWriterLevel(&packed, 1+number%9))
	inner := tar.NewWriter(outer)
	for i := 0; i+8192 <= len(data); i += 8192 {
		inner.WriteHeader(&tar.Header{Name: fmt.Sprint("part/", i), Size: 8192, Mode: 0o644})
		inner.Write(data[i : i+8192])
	}
	inner.Close()
	outer.Close()
	reader := tar.NewReader(must(gzip.NewReader(&packed)))
	for {
		if _, err := reader.Next(); err != nil {
			break
		}
		io.Copy(io.Discard, reader)
	}
}

func zipped(data []byte, number int) {
	var packed bytes.Buffer
	writer := zip.NewWriter(&packed)
	for i := range 6 {
		file := must(writer.Create(fmt.Sprintf("%d/file-%d.txt", number, i)))
		file.Write(data[i*9000 : (i+1)*9000])
	}
	writer.Close()
	reader := must(zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len())))
	for _, file := range reader.File {
		io.Copy(io.Discard, must(file.Open()))
	}
}

func deflated(data []byte, number int) {
	var packed bytes.Buffer
	writer := must(flate.NewWriterDict(&packed, 1+number%9, data[:4096]))
	writer.Write(data)
	writer.Close()
	io.Copy(io.Discard, flate.NewReaderDict(&packed, data[:4096]))
	var other bytes.Buffer
	packer := must(zlib.NewWriterLevel(&other, zlib.HuffmanOnly))
	packer.Write(data)
	packer.Close()
	io.Copy(io.Discard, must(zlib.NewReader(&other)))
}

func coded(data []byte, _ int) {
	for range 3 {
		plain := base64.StdEncoding.EncodeToString(data)
		must(base64.StdEncoding.DecodeString(plain))
		must(hex.DecodeString(hex.EncodeToString(data)))
		out := make([]byte, ascii85.MaxEncodedLen(len(data)))
		back := make([]byte, len(data)+8)
		ascii85.Decode(back, out[:ascii85.Encode(out, data)], true)
		_ = strings.Map(func(c rune) rune { return c ^ 1 }, plain)
	}
}

func hashed(data []byte, _ int) {
	sums := []hash.Hash{md5.New(), sha1.New(), sha256.New(), sha512.New(), crc32.NewIEEE(),
		crc32.New(crc32.MakeTable(crc32.Koopman)), adler32.New(), fnv.New64a(), fnv.New128()}
	for _, sum := range sums {
		io.Copy(sum, bytes.NewReader(data))
		_ = fmt.Sprintf("%x", sum.Sum(nil))
	}
}

func sealed(data []byte, number int) {
	key := sha256.Sum256(data[:32])
	block := must(aes.NewCipher(key[:]))
	modes := must(cipher.NewGCM(block))
	box := modes.Seal(nil, key[:12], data, nil)
	must(modes.Open(nil, key[:12], box, nil))
	stream := cipher.NewCTR(block, key[:16])
	for range 1 + number%4 {
		stream.XORKeyStream(box, box)
	}
}

func pictures(data []byte, number int) {
	picture := image.NewNRGBA(image.Rect(0, 0, 96, 96))
	copy(picture.Pix, data[number%1000:])
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		log.Fatal(err)
	}
	must(png.Decode(&out))
	jpeg.Encode(&out, picture, &jpeg.Options{Quality: 30 + number%60})
	must(jpeg.Decode(&out))
	reduced := image.NewPaletted(picture.Bounds(), palette.WebSafe)
	draw.FloydSteinberg.Draw(reduced, reduced.Bounds(), picture, image.Point{})
	gif.Encode(&out, reduced, nil)
	must(gif.Decode(&out))
}

func shrunk(data []byte, number int) {
	var packed bytes.Buffer
	order := lzw.Order(number % 2)
	writer := lzw.NewWriter(&packed, order, 8)
	writer.Write(data)
	writer.Close()
	io.Copy(io.Discard, lzw.NewReader(&packed, order, 8))
	kept(data)
}
