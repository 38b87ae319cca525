package store

import "fmt"

// ConcatCRC32C returns the CRC32C of two contents one after the other, from their
// own and the size of the second: what an object must have that is composed of
// others.
//
// A CRC is the remainder of the content, taken as a polynomial over GF(2), so that
// the first one is to be multiplied by x to the number of bits that follow it.
func ConcatCRC32C(first, second uint32, secondSize int64) uint32 {
	shift := uint32(1) << 31 // x^0; bit 31 is the lowest power, as CRC32C has it
	for power, bytes := uint32(1)<<(31-8), secondSize; bytes > 0; bytes >>= 1 {
		if bytes&1 != 0 {
			shift = multiply(shift, power)
		}
		power = multiply(power, power)
	}
	return multiply(first, shift) ^ second
}

// multiply multiplies two polynomials modulo that of CRC32C.
func multiply(a, b uint32) (product uint32) {
	const castagnoli = 0x82f63b78
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		b = b>>1 ^ castagnoli&-(b&1)
	}
	return product
}

// CheckSources returns an error if Compose can't take so many objects.
func CheckSources(srcs []string) error {
	if n := len(srcs); n < 1 || n > MaxCompose {
		return fmt.Errorf("%d objects can't be composed: it takes 1 to %d", n, MaxCompose)
	}
	for _, src := range srcs {
		if err := CheckName(src); err != nil {
			return err
		}
	}
	return nil
}
