/* Hoare's selection, once for each type: SELECT_NAME(SELECT_TYPE *v, int n, int k). */
SELECT_TYPE SELECT_NAME(SELECT_TYPE *v, int n, int k)
{
    int low = 0, high = n - 1;
    while (low < high) {
        SELECT_TYPE pivot = v[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j) {
                SELECT_TYPE t = v[i];
                v[i++] = v[j];
                v[j--] = t;
            }
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return v[k];
}
