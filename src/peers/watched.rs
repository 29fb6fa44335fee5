//! A stream that somebody watches: what is read and written passes through, and may be held up or ended.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Who watches a stream of kind `S`.
pub trait Watch<S> {
    /// How many bytes of it may be read now; `Ready(0)`: never again, as if the other side had ended it.
    fn may_read(&mut self, _stream: &S, _cx: &mut Context<'_>) -> Poll<usize> {
        Poll::Ready(usize::MAX)
    }

    /// It was read, with this result and these bytes. What this returns is what the reader is told.
    fn has_read(
        &mut self,
        stream: &S,
        cx: &mut Context<'_>,
        read: Poll<io::Result<()>>,
        bytes: &[u8],
    ) -> Poll<io::Result<()>>;

    /// So many bytes were to be written, with this result. What this returns is what the writer is told.
    fn has_written(
        &mut self,
        _stream: &S,
        _cx: &mut Context<'_>,
        _wanted: usize,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        written
    }
}

/// A stream and who watches it.
#[derive(Debug)]
pub struct Watched<S, W> {
    pub(crate) stream: S,
    pub(crate) watch: W,
}

impl<S: AsyncRead + Unpin, W: Watch<S> + Unpin> AsyncRead for Watched<S, W> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, watch } = self.get_mut();
        let most = ready!(watch.may_read(stream, cx));
        if most == 0 {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let read = if most >= buffer.remaining() {
            Pin::new(&mut *stream).poll_read(cx, buffer)
        } else {
            let mut part = ReadBuf::new(buffer.initialize_unfilled_to(most));
            let read = Pin::new(&mut *stream).poll_read(cx, &mut part);
            let count = part.filled().len();
            buffer.advance(count);
            read
        };
        watch.has_read(stream, cx, read, &buffer.filled()[before..])
    }
}

impl<S: AsyncWrite + Unpin, W: Watch<S> + Unpin> AsyncWrite for Watched<S, W> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { stream, watch } = self.get_mut();
        let written = Pin::new(&mut *stream).poll_write(cx, bytes);
        watch.has_written(stream, cx, bytes.len(), written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, watch } = self.get_mut();
        let written = Pin::new(&mut *stream).poll_write_vectored(cx, parts);
        watch.has_written(stream, cx, parts.iter().map(|part| part.len()).sum(), written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
