// Keys and signatures in minisign's format (https://jedisct1.github.io/minisign/), through
// libsodium: prehashed "ED" signatures, secret keys without password ("-W"). Everything written
// here is accepted by the minisign program.
#ifndef HEIYAN_EVIDENCE_MINISIGN_H
#define HEIYAN_EVIDENCE_MINISIGN_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define MINISIGN_TEXT_SIZE 1024 // of a signature file

typedef struct PublicKey {
    uint8_t id[8], key[32];
} PublicKey;

typedef struct SecretKey {
    PublicKey public;
    uint8_t key[64];
} SecretKey;

// The installation's folder for keys: $HEIYAN_STATE, $XDG_STATE_HOME/heiyan or
// ~/.local/state/heiyan.
Status state_folder(char *out, size_t size, Error *error);

// Loads the installation's secret key; makes it (0600) on first use. Safe when several processes do
// so at once.
Status secret_key_load(SecretKey *out, Error *error);
// The installation's public key, from its secret key; STATUS_END when there is none yet.
Status public_key_own(PublicKey *out, Error *error);
Status public_key_load(const char *path, PublicKey *out, Error *error);
Status public_key_save(const char *path, const PublicKey *key, Error *error);

// Writes the text of a signature file for data.
void minisign_sign(const SecretKey *key, const void *data, size_t size, const char *trusted_comment,
                   char out[MINISIGN_TEXT_SIZE]);
// STATUS_FORMAT with a sentence when the signature is not by this key over this data. The trusted
// comment is copied out (may be NULL).
Status minisign_verify(const PublicKey *key, const void *data, size_t size, const char *signature,
                       char *trusted_comment, size_t comment_size, Error *error);

#endif
