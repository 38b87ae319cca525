package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
)

// demoStack is a stack, and a site to back up.
type demoStack struct {
	*stack
	site *samplesite.Site
}

// startDemo starts a stack that keeps everything in the demo's folder. The caller closes it.
func startDemo(ctx context.Context, d *demoDir, log *slog.Logger, verbose bool) (*demoStack, error) {
	s := &demoStack{stack: &stack{}}
	if err := s.start(ctx, d, log, verbose); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *demoStack) start(ctx context.Context, d *demoDir, log *slog.Logger, verbose bool) (err error) {
	flags := d.site()
	if s.site, err = flags.site(); err != nil {
		return err
	}
	if err = s.site.Start(ctx); err != nil {
		if d.Listen != "" {
			return fmt.Errorf("serve the site of the earlier demo where it was: %w (end what listens there, or begin a new demo without --again)", err)
		}
		return err
	}
	// The policy's id comes from the site's address: a demo that goes on needs the same.
	d.Listen = strings.TrimPrefix(s.site.URL(), "http://")
	if err = d.save(); err != nil {
		return err
	}
	return s.stack.start(ctx, stackConfig{
		database: d.database(), store: fileURL(d.store()), scratch: d.scratch(), installation: d.Installation,
		credentials: atlassian.StaticCredentials(map[string]atlassian.Credential{
			sampleCredential: {Email: s.site.Email(), Token: s.site.Token()},
		}),
		stopTimeout: 2 * time.Second, log: log, verbose: verbose,
	})
}

// close ends the stack, then the site.
func (s *demoStack) close() error {
	err := s.stack.close()
	if s.site != nil {
		err = errors.Join(err, s.site.Close())
	}
	return err
}
