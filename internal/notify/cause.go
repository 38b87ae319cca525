package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// away is the error of a request that got no reply. It is made of what is known to
// hold no address: net/http quotes the whole URL, and the reply where it is none.
func (w *webhook) away(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%s can't be reached (%s): look after it and its network", w, cause(err))
}

func cause(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var number syscall.Errno
	var late net.Error
	var op *net.OpError
	switch {
	case errors.As(err, &name):
		return "its name can't be looked up"
	case errors.As(err, &certificate), errors.As(err, &unknown):
		return "its certificate is not accepted"
	case errors.As(err, &late) && late.Timeout():
		return fmt.Sprintf("no answer within %v", Timeout)
	case errors.As(err, &number):
		return number.Error()
	case errors.As(err, &op):
		return "the connection broke at " + op.Op
	}
	return "no answer that is HTTP"
}
