//go:build unix

package dir

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"holdfast/internal/store"
)

// composeStep is how much is appended at a time: the kernel copies it, and it is
// read for its checksum while the kernel still has it in memory.
const composeStep = 4 << 20

// Compose implements store.Store. The file system copies the bytes where it can,
// without their passing through this process, or shares them between the files.
func (s *Store) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (store.Object, error) {
	if err := errors.Join(store.CheckSources(srcs), store.CheckName(dst), cond.Check()); err != nil {
		return store.Object{}, fmt.Errorf("compose %s in %s: %w", dst, s.path, err)
	}
	if err := s.holds(dst, cond); err != nil {
		return store.Object{}, s.fault("compose", dst, err)
	}
	// One that is absent is told before the first is copied.
	for _, src := range srcs {
		if _, err := s.lstat(src); err != nil {
			return store.Object{}, s.fault("compose "+dst+" of", src, err)
		}
	}
	t, err := s.newTemp()
	if err != nil {
		return store.Object{}, s.putFault("compose", dst, err)
	}
	defer t.discard()

	var size int64
	var sum uint32
	for _, src := range srcs {
		n, part, err := s.appendObject(ctx, t, src)
		if err != nil {
			return store.Object{}, s.fault("compose "+dst+" of", src, err)
		}
		size, sum = size+n, store.ConcatCRC32C(sum, part, n)
	}
	if err := s.check(ctx, t, size, sum); err != nil {
		return store.Object{}, s.putFault("compose", dst, err)
	}
	o, err := s.publish(ctx, t, dst, cond)
	if err != nil {
		return store.Object{}, s.putFault("compose", dst, err)
	}
	o.CRC32C = sum
	return o, nil
}

// appendObject appends an object to t, and tells its size and checksum.
func (s *Store) appendObject(ctx context.Context, t *tempFile, src string) (size int64, crc32c uint32, err error) {
	f, o, err := s.open(src)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	sum, buf := crc32.New(castagnoli()), make([]byte, bufferSize)
	for size < o.Size {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		step := min(composeStep, o.Size-size)
		if n, err := copyRange(t.File, f, size, step); err != nil || n != step {
			return 0, 0, errors.Join(err, short(n, step))
		}
		if n, err := io.CopyBuffer(sum, io.NewSectionReader(f, size, step), buf); err != nil || n != step {
			return 0, 0, errors.Join(err, short(n, step))
		}
		size += step
	}
	return size, sum.Sum32(), nil
}

// copyRange appends n bytes of src from offset on to dst, by copy_file_range where
// the file system has it: os.File.ReadFrom decides.
func copyRange(dst, src *os.File, offset, n int64) (int64, error) {
	if _, err := src.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	return dst.ReadFrom(io.LimitReader(src, n))
}

// short is the error of a file that ends before its size.
func short(n, want int64) error {
	if n == want {
		return nil
	}
	return io.ErrUnexpectedEOF
}
