package links

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

func TestABrokenFetchGoesOnWhereItWas(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 1<<16)
	r := start(t, content)
	r.store.Plan(storetest.Fault{Method: storetest.Read, Err: io.ErrNoProgress, Offset: 300_000})
	res, err := http.Get(r.good())
	require.NoError(t, err)
	head, err := io.ReadAll(res.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "what is cut does not seem whole")
	require.NoError(t, res.Body.Close())
	require.Equal(t, content[:len(head)], string(head))
	require.Less(t, len(head), len(content))
	require.Eventually(t, func() bool { return strings.Contains(r.log.String(), "level=WARN") }, 5*time.Second, 5*time.Millisecond)
	require.Contains(t, r.log.String(), io.ErrNoProgress.Error(), "the log says why")

	// With another link, of the same object.
	res, rest := fetch(t, "GET", r.good(), "Range", fmt.Sprintf("bytes=%d-", len(head)), "If-Range", res.Header.Get("Etag"))
	require.Equal(t, http.StatusPartialContent, res.StatusCode)
	require.Equal(t, content, string(head)+rest)
}

func TestWhatIsReplacedMeanwhileIsNotMixed(t *testing.T) {
	content := strings.Repeat("a", 1<<20)
	r := start(t, content)
	o, err := r.store.Stat(t.Context(), zip)
	require.NoError(t, err)
	// Between the look at it and its opening for the range.
	r.store.Plan(storetest.Fault{Method: storetest.Get, After: 1, Before: func() {
		_, err := store.PutBytes(context.Background(), r.store, zip, []byte(strings.Repeat("b", 1<<20)), store.IfGeneration(o.Generation))
		require.NoError(t, err)
	}})
	req, err := http.NewRequest("GET", r.good(), nil)
	require.NoError(t, err)
	req.Header.Set("Range", "bytes=1000-")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.Error(t, err)
	require.NotContains(t, string(body), "b")
	r.store.AllFired(t)
}

// TestNoLogHoldsASignature states that whoever reads the log can't fetch.
func TestNoLogHoldsASignature(t *testing.T) {
	r := start(t, "0123456789")
	link := r.good()
	signature := parsed(t, link).Query().Get("signature")
	require.Len(t, signature, 64)
	o, err := r.store.Stat(t.Context(), zip)
	require.NoError(t, err)
	for _, address := range []string{
		link, link + "&x=1", link + ";", link + "%zz", strings.Replace(link, "signature=", "signature=0", 1),
		strings.Replace(link, "until=", "until=1", 1), r.URL() + "/download/" + signature + "?" + signature, r.URL() + "/" + signature,
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			req, err := http.NewRequest(method, address, nil)
			if err != nil {
				continue
			}
			req.Header.Set("Range", "bytes="+signature)
			req.Header.Set("Referer", link)
			req.Header.Set("User-Agent", link)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
		}
	}
	require.NoError(t, r.store.Delete(t.Context(), zip, o.Generation))
	_, _ = fetch(t, "GET", link)
	r.store.Plan(storetest.Fault{Method: storetest.List, Err: io.ErrNoProgress})
	_, _ = fetch(t, "GET", link)
	raw(t, r, "GET "+parsed(t, link).RequestURI()+" HTTP/1.1\r\nno header\r\n\r\n")
	r.stop(time.Second)
	require.NotEmpty(t, r.log.String())
	require.NotContains(t, r.log.String(), signature)
	require.NotContains(t, r.log.String(), "signature=")
	require.NotContains(t, r.log.String(), "until=")
}

func parsed(t *testing.T, link string) *url.URL {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	return u
}

// raw sends bytes and reads what comes.
func raw(t *testing.T, r *rig, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", parsed(t, r.URL()).Host)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
	answer, err := io.ReadAll(conn)
	if err != nil {
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	}
	return string(answer)
}

func TestAClientThatTakesNothingIsCutOff(t *testing.T) {
	r := start(t, strings.Repeat("0123456789abcdef", 1<<20)) // more than the buffers between the two hold
	r.patience = 200 * time.Millisecond
	u := parsed(t, r.good())
	conn, err := net.Dial("tcp", u.Host)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", u.RequestURI(), u.Host)
	require.NoError(t, err)
	line, err := bufio.NewReaderSize(conn, 16).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "200 OK")
	require.Eventually(t, func() bool { return strings.Contains(r.log.String(), "the client was cut off") }, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, r.log.String(), "level=WARN")
}

func TestClose(t *testing.T) {
	r := start(t, strings.Repeat("0123456789abcdef", 1<<20))
	link := r.good()
	res, err := http.Get(link)
	require.NoError(t, err)
	defer res.Body.Close()
	r.stop(50 * time.Millisecond) // with a fetch under way
	_, err = io.ReadAll(res.Body)
	require.Error(t, err)
	_, err = http.Get(link)
	require.Error(t, err, "nobody answers any more")

	var none *Server
	require.NoError(t, none.Close(t.Context()))
}
