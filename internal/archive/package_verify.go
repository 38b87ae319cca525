package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// VerifyPackage reads every byte of a package, a file of so many bytes, and compares
// it with all that is said of it (L4): the records of the zip file, which must be
// exactly those of a package, with nothing between, before or behind; that each
// entry is there which the manifest and the indexes list, and no other; and of their
// contents all that Verify compares. It needs nothing but the file.
//
// What is wrong is in the Verification. It is not Readable where the file is no
// package, not all of one, or of a version that this program does not know: the
// first problem says which. The error is one of reading the file, after which nothing
// is known. Of the options Share and Of are not for packages. It takes memory as
// Verify does.
func VerifyPackage(ctx context.Context, r io.ReaderAt, size int64, opts VerifyOptions) (Verification, error) {
	v := &packageVerifier{verifier: verifier{ctx: ctx, opts: opts}, size: size}
	v.result.Records = map[string]int{}
	v.opts.Share, v.opts.Of = 0, 0
	f, err := openZip(r, size)
	if err == nil {
		err = v.run(f)
	}
	switch {
	case err == nil:
	case isReadFault(err) || !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat):
		err = fmt.Errorf("verify the package: %w", err)
	default:
		// What ends the reading: the zip file itself is broken, or there is no manifest.
		v.result.problem(err)
		err = nil
	}
	return v.result, err
}

// ReadPackageManifest returns the manifest of a package: what it is a package of. Its
// other files are not looked at. What is no package is ErrCorrupt, one of another
// version ErrFormat.
func ReadPackageManifest(ctx context.Context, r io.ReaderAt, size int64) (Manifest, error) {
	f, err := openZip(r, size)
	if err != nil {
		return Manifest{}, err
	}
	v := &packageVerifier{verifier: verifier{ctx: ctx}, size: size, f: f, zip: f.directory(ctx)}
	if err := v.readme(); err != nil {
		return Manifest{}, err
	}
	if err := v.manifest(); err != nil {
		return Manifest{}, err
	}
	if v.result.ProblemCount > 0 {
		return Manifest{}, fmt.Errorf("%w: %s", ErrCorrupt, v.result.Problems[0])
	}
	return v.r.manifest, nil
}
