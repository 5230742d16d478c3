# tempfile.mk: what programs that use libtempfile need: header, libraries, pkg-config's file, manual
# pages. Included by the Makefile, whose directories it uses.

# Each page is also there by the name of every function in its section NAME.
LIB_PAGES := tempfile tf_tempdir tf_file_new tf_anonymous tf_dir_new tf_spool_new tf_atomic_write \
	tf_upload_new tf_text_file tf_cleanup tf_create_file
PAGE_NAMES := sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z_]*\).*/\1/p'
TEMPFILE_INSTALLED := $(addprefix $(DESTDIR)$(LIBDIR)/,libtempfile.so.$(VERSION) libtempfile.so.0 \
	libtempfile.so libtempfile.a pkgconfig/tempfile.pc) $(DESTDIR)$(INCLUDEDIR)/tempfile.h

.PHONY: install-tempfile uninstall-tempfile
install-tempfile: all
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(MANDIR)/man3
	install -m 755 $(BUILD)/libtempfile.so $(DESTDIR)$(LIBDIR)/libtempfile.so.$(VERSION)
	ln -sf libtempfile.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libtempfile.so.0
	ln -sf libtempfile.so.0 $(DESTDIR)$(LIBDIR)/libtempfile.so
	install -m 644 $(BUILD)/libtempfile.a $(DESTDIR)$(LIBDIR)/libtempfile.a
	install -m 644 lib/tempfile.h $(DESTDIR)$(INCLUDEDIR)/tempfile.h
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
		lib/tempfile.pc.in >$(BUILD)/tempfile.pc
	install -m 644 $(BUILD)/tempfile.pc $(DESTDIR)$(LIBDIR)/pkgconfig/tempfile.pc
	install -m 644 $(LIB_PAGES:%=tools/doc/%.3) $(DESTDIR)$(MANDIR)/man3
	for page in $(LIB_PAGES); do \
		for name in $$($(PAGE_NAMES) tools/doc/$$page.3); do \
			[ $$name = $$page ] || \
				ln -sf $$page.3 $(DESTDIR)$(MANDIR)/man3/$$name.3 || exit; \
		done; \
	done

uninstall-tempfile:
	rm -f $(TEMPFILE_INSTALLED)
	for name in $$($(PAGE_NAMES) $(LIB_PAGES:%=tools/doc/%.3)); do \
		rm -f $(DESTDIR)$(MANDIR)/man3/$$name.3 || exit; \
	done

install: install-tempfile
uninstall: uninstall-tempfile
