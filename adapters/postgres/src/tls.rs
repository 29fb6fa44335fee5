//! Who has to be at the other end of an encrypted connection.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{self, CryptoProvider, WebPkiSupportedAlgorithms},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::{Socket, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::AddressError;

/// What an encrypted connection runs over.
pub type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// What is asked of the server's certificate: what libpq asks in the mode of the same meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Nothing (`prefer`, `require`): hidden from who listens, not from who sits in between.
    Anyone,
    /// An authority that is trusted has signed it (`verify-ca`).
    Authority,
    /// And it names the host (`verify-full`).
    Host,
}

/// TLS as the client does it. The system's authorities are trusted, and those in `authorities`, files in PEM.
pub fn client(trust: Trust, authorities: &[&Path]) -> Result<ClientConfig, AddressError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Anyone => Arc::new(Lenient { chain: None, algorithms: algorithms(&provider) }),
        Trust::Authority => {
            let chain = verifier(&provider, authorities)?;
            Arc::new(Lenient { chain: Some(chain), algorithms: algorithms(&provider) })
        }
        Trust::Host => verifier(&provider, authorities)?,
    };
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| AddressError::Tls(e.to_string()))?;
    Ok(versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn algorithms(provider: &CryptoProvider) -> WebPkiSupportedAlgorithms {
    provider.signature_verification_algorithms
}

fn verifier(
    provider: &Arc<CryptoProvider>,
    authorities: &[&Path],
) -> Result<Arc<WebPkiServerVerifier>, AddressError> {
    let mut roots = RootCertStore::empty();
    // One that does not read is no reason to refuse all others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for path in authorities {
        let refused = |reason: String| AddressError::Authorities { path: path.to_path_buf(), reason };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|e| refused(e.to_string()))?;
        let mut found = false;
        for certificate in certificates {
            let certificate = certificate.map_err(|e| refused(e.to_string()))?;
            roots.add(certificate).map_err(|e| refused(e.to_string()))?;
            found = true;
        }
        if !found {
            return Err(refused("no certificate in it".to_owned()));
        }
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|e| AddressError::Tls(e.to_string()))
}

/// Checks less than a browser would: no host name, and without `chain` no signer either. That the server holds the key of
/// the certificate it shows is always checked.
#[derive(Debug)]
struct Lenient {
    chain: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is looked at last: whoever fails here has passed the rest.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
