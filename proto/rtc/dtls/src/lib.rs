//! A face over the DTLS library: records in, records and SRTP keys out (RFC 5764).
