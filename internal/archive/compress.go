package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// Compressed describes what was compressed and the bytes that came out.
type Compressed struct {
	RawBytes int64  `json:"rawBytes"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"` // of the compressed bytes, hex
	CRC32C   uint32 `json:"crc32c"` // of the compressed bytes
	CRC32    string `json:"crc32"`  // IEEE, of the compressed bytes, 8 hex digits
}

// Compress compresses the file rawPath into the file zstPath, which has its name
// only when it is whole and on the disk. The result is one standard zstd frame
// with a checksum. progress, which may be nil, is told how many raw bytes are
// done. It runs on one core. A full disk is an error that is syscall.ENOSPC.
func Compress(ctx context.Context, rawPath, zstPath string, progress func(int64)) (Compressed, error) {
	raw, err := os.Open(rawPath)
	if err != nil {
		return Compressed{}, fmt.Errorf("compress: %w", err)
	}
	defer raw.Close()
	fi, err := raw.Stat()
	if err != nil {
		return Compressed{}, fmt.Errorf("compress: %w", err)
	}
	partial := zstPath + ".partial"
	out, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return Compressed{}, fmt.Errorf("compress: %w", err)
	}
	c, err := compress(ctx, out, raw, fi.Size(), progress)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(partial, zstPath)
	}
	if err != nil {
		_ = os.Remove(partial)
		return Compressed{}, fmt.Errorf("compress %s: %w", rawPath, err)
	}
	return c, nil
}

func compress(ctx context.Context, out io.Writer, raw io.Reader, size int64, progress func(int64)) (Compressed, error) {
	w, err := newCompressor(out, size)
	if err != nil {
		return Compressed{}, err
	}
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return Compressed{}, errors.Join(err, w.abandon())
		}
		n, rerr := raw.Read(buf)
		if _, err := w.Write(buf[:n]); err != nil {
			return Compressed{}, errors.Join(err, w.abandon())
		}
		if progress != nil && n > 0 {
			progress(w.raw)
		}
		if rerr == io.EOF {
			return w.Close()
		}
		if rerr != nil {
			return Compressed{}, errors.Join(rerr, w.abandon())
		}
	}
}

// Compressor compresses what is written to it.
type Compressor struct {
	enc *zstd.Encoder
	out *summer
	raw int64
}

// NewCompressor returns a Compressor that writes to out. It needs some 20 MiB of
// memory until it is closed.
func NewCompressor(out io.Writer) (*Compressor, error) { return newCompressor(out, -1) }

// newCompressor is told how much will be written, where that is known (not < 0):
// the frame's header says it then, and little input takes little memory.
func newCompressor(out io.Writer, size int64) (*Compressor, error) {
	s := newSummer(out)
	// One goroutine: what a worker does at once is bounded by its slots.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if size < 0 {
		enc.Reset(s)
	} else {
		enc.ResetContentSize(s, size)
	}
	return &Compressor{enc: enc, out: s}, nil
}

// Write implements io.Writer.
func (c *Compressor) Write(p []byte) (int, error) {
	n, err := c.enc.Write(p)
	c.raw += int64(n)
	return n, err
}

// Close ends the compressed stream, not the writer below, and describes it.
func (c *Compressor) Close() (Compressed, error) {
	if err := c.enc.Close(); err != nil {
		return Compressed{}, err
	}
	return Compressed{RawBytes: c.raw, Bytes: c.out.n, SHA256: c.out.sha256(), CRC32C: c.out.crc32c(), CRC32: c.out.crc32()}, nil
}

// abandon frees the encoder; nothing is written any more.
func (c *Compressor) abandon() error {
	c.enc.Reset(io.Discard)
	_ = c.enc.Close()
	return nil
}

// summer passes on what is written to it and sums it up.
type summer struct {
	w    io.Writer
	n    int64
	sha  hash.Hash
	crc  hash.Hash32
	ieee hash.Hash32
}

func newSummer(w io.Writer) *summer {
	return &summer{w: w, sha: sha256.New(), crc: crc32.New(crc32.MakeTable(crc32.Castagnoli)), ieee: crc32.NewIEEE()}
}

func (s *summer) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.n += int64(n)
	s.sha.Write(p[:n])
	s.crc.Write(p[:n])
	s.ieee.Write(p[:n])
	return n, err
}

func (s *summer) sha256() string { return hex.EncodeToString(s.sha.Sum(nil)) }
func (s *summer) crc32c() uint32 { return s.crc.Sum32() }
func (s *summer) crc32() string  { return FormatCRC32(s.ieee.Sum32()) }
