/* The output's file: a temporary name in the same folder, a lock against a second writer, a rename that never
 * replaces. */
#include "output_internal.h"

#include "core/memory.h"
#include "core/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- names ---- */

/* The folder of `path`; a new string or NULL. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return vh_strdup(".");
    return slash == path ? vh_strdup("/") : vh_format("%.*s", (int)(slash - path), path);
}

static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash + 1 - path) : 0;
    return vh_format("%.*s.%s.vhsup-part", folder, path, path + folder);
}

/* Where a link points, so that the file behind it is replaced and not the link. */
static char *resolve(const char *path)
{
    struct stat st;
    char *real = !lstat(path, &st) && S_ISLNK(st.st_mode) ? realpath(path, NULL) : NULL;
    char *copy = vh_strdup(real ? real : path);
    free(real);
    return copy;
}

/* ---- checks ---- */

static bool is_direct(const char *path)
{
    struct stat st;
    return !strcmp(path, "-") ||
           (!stat(path, &st) && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
}

static bool same_file(const char *a, const struct stat *b)
{
    struct stat st;
    return a && strcmp(a, "-") && !stat(a, &st) && st.st_dev == b->st_dev && st.st_ino == b->st_ino;
}

static bool is_source(const struct vh_output_options *options, const struct stat *st)
{
    for (int i = 0; i < options->n_also; i++)
        if (same_file(options->also[i], st))
            return true;
    return same_file(options->source, st);
}

static int check_folder(const char *path, const struct vh_log *log)
{
    char *folder = folder_of(path);
    struct stat st;
    int status = VH_OK;
    if (!folder)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    if (stat(folder, &st) < 0)
        status = vh_fail(log, VH_ERR_OUTPUT, "%s: the folder %s does not exist", path, folder);
    else if (!S_ISDIR(st.st_mode))
        status = vh_fail(log, VH_ERR_OUTPUT, "%s: %s is not a folder", path, folder);
    else if (access(folder, W_OK | X_OK) < 0)
        status = vh_fail(
            log, VH_ERR_OUTPUT, "%s: the folder %s cannot be written: %s", path, folder, strerror(errno));
    vh_free(folder);
    return status;
}

int vh_output_file_check(const struct vh_output_options *options, const struct vh_log *log)
{
    const char *path = options->path;
    struct stat st;
    if (is_direct(path))
        return VH_OK;
    if (!stat(path, &st)) {
        if (S_ISDIR(st.st_mode))
            return vh_fail(log, VH_ERR_OUTPUT, "%s is a folder; name a file in it", path);
        if (is_source(options, &st))
            return vh_fail(log, VH_ERR_OUTPUT, "%s is the input itself; sources are never written", path);
        if (!options->overwrite)
            return vh_fail(log, VH_ERR_OUTPUT, "%s exists; -y replaces it", path);
    }
    return check_folder(path, log);
}

/* ---- opening ---- */

static int open_direct(struct vh_output_file *file, const char *path, const struct vh_log *log)
{
    file->direct = true;
    file->fd =
        strcmp(path, "-") ? open(path, O_WRONLY | O_CLOEXEC) : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (file->fd < 0)
        return vh_fail(log, VH_ERR_OUTPUT, "%s cannot be written: %s", path, strerror(errno));
    return VH_OK;
}

/* Created or taken over from a killed job, locked, and still the file of that name: whoever held the lock
 * before may have renamed it in between. */
static int lock_temporary(struct vh_output_file *file, const struct vh_log *log)
{
    struct stat mine, named;
    file->fd = open(file->temp_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file->fd < 0)
        return vh_fail(log, errno == ENOSPC || errno == EDQUOT ? VH_ERR_RESOURCE : VH_ERR_OUTPUT,
            "%s cannot be written: its folder takes no new file: %s", file->final_path, strerror(errno));
    /* File systems without locks (some network ones) only lose the protection against a second writer. */
    bool taken = flock(file->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    if (!taken && !fstat(file->fd, &mine) && !stat(file->temp_path, &named) && mine.st_ino == named.st_ino &&
        mine.st_dev == named.st_dev && S_ISREG(mine.st_mode) && !ftruncate(file->fd, 0))
        return VH_OK;
    close(file->fd);
    file->fd = -1;
    return vh_fail(log, VH_ERR_OUTPUT, "%s is being written by another process", file->final_path);
}

int vh_output_file_open(
    struct vh_output_file *file, const struct vh_output_options *options, const struct vh_log *log)
{
    int status;
    *file = (struct vh_output_file){.fd = -1, .overwrite = options->overwrite};
    status = vh_output_file_check(options, log);
    if (status != VH_OK)
        return status;
    file->final_path = resolve(options->path);
    if (!file->final_path)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    if (is_direct(options->path))
        return open_direct(file, options->path, log);
    file->temp_path = temporary_name(file->final_path);
    if (!file->temp_path)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    status = lock_temporary(file, log);
    if (status != VH_OK)
        vh_freep(&file->temp_path); /* not ours to remove */
    return status;
}

/* ---- finishing ---- */

int vh_output_file_sync(struct vh_output_file *file, const struct vh_log *log)
{
    if (file->direct || !fsync(file->fd))
        return VH_OK;
    file->error = errno;
    return vh_output_file_explain(file, AVERROR(errno), log);
}

/* Renames without ever replacing: in one step where the file system can, else by a second link. */
static int rename_fresh(const char *from, const char *to)
{
    if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return link(from, to) < 0 ? -1 : unlink(from);
}

static void sync_folder(const char *path)
{
    char *folder = folder_of(path);
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    vh_free(folder);
}

int vh_output_file_commit(struct vh_output_file *file, const struct vh_log *log)
{
    int failed;
    if (file->direct)
        return VH_OK;
    failed = file->overwrite ? rename(file->temp_path, file->final_path)
                             : rename_fresh(file->temp_path, file->final_path);
    if (failed && errno == EEXIST)
        return vh_fail(
            log, VH_ERR_OUTPUT, "%s appeared while the job ran; it was left alone", file->final_path);
    if (failed)
        return vh_fail(log, VH_ERR_OUTPUT, "%s cannot be renamed to %s: %s", file->temp_path,
            file->final_path, strerror(errno));
    vh_freep(&file->temp_path);
    sync_folder(file->final_path);
    return VH_OK;
}

void vh_output_file_close(struct vh_output_file *file)
{
    if (file->temp_path)
        unlink(file->temp_path); /* while the lock is held */
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    vh_freep(&file->temp_path);
    vh_freep(&file->final_path);
}

int vh_output_file_explain(const struct vh_output_file *file, int averror, const struct vh_log *log)
{
    int error = file->error ? file->error : AVUNERROR(averror);
    struct statvfs fs;
    if (error == ENOSPC || error == EDQUOT) {
        bool known = file->fd >= 0 && !fstatvfs(file->fd, &fs);
        return vh_fail(log, VH_ERR_RESOURCE,
            "%s: the disk is full after %" PRId64 " bytes (%" PRIu64 " bytes free)", file->final_path,
            file->bytes, known ? (uint64_t)fs.f_bavail * fs.f_frsize : 0);
    }
    if (error == EFBIG)
        return vh_fail(log, VH_ERR_RESOURCE,
            "%s: the file system or a limit allows no file larger than %" PRId64 " bytes", file->final_path,
            file->bytes);
    if (error == EPIPE)
        return vh_fail(log, VH_ERR_OUTPUT, "%s: the reader has closed the pipe", file->final_path);
    return vh_fail(log, VH_ERR_OUTPUT, "%s cannot be written: %s", file->final_path, av_err2str(averror));
}
